-- What was not believed, the newest first, with the user ids of both sides; of one customer if one is named.
SELECT x.reason, x.by_kind, x.by_value, x.kind, x.value, x.source, x.message_id, x.at,
       (SELECT min(u.value) FROM identity u WHERE u.customer_id = b.customer_id AND u.kind = 'user_id') AS by_user,
       (SELECT min(u.value) FROM identity u WHERE u.customer_id = i.customer_id AND u.kind = 'user_id') AS of_user,
       i.customer_id IS NOT NULL AS known, coalesce(b.customer_id = i.customer_id, false) AS joined
  FROM identity_conflict x
  LEFT JOIN identity b ON b.kind = x.by_kind AND b.value = x.by_value
  LEFT JOIN identity i ON i.kind = x.kind AND i.value = x.value
 WHERE %(customer)s::bigint IS NULL OR x.id = ANY(ARRAY(
         SELECT id FROM identity_conflict WHERE customer_id = %(customer)s
          UNION SELECT id FROM identity_conflict WHERE other_id = %(customer)s
          UNION SELECT c.id FROM identity o JOIN identity_conflict c ON c.by_kind = o.kind AND c.by_value = o.value
                 WHERE o.customer_id = %(customer)s
          UNION SELECT c.id FROM identity o JOIN identity_conflict c ON c.kind = o.kind AND c.value = o.value
                 WHERE o.customer_id = %(customer)s))
 ORDER BY x.at DESC, x.id DESC LIMIT %(limit)s
