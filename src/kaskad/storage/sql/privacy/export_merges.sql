-- The merges of these customers. Of one that was undone only that and when: by what it was named may be somebody else's.
SELECT CASE WHEN m.standing = ANY(%(customers)s) AND m.merged = ANY(%(customers)s) AND m.split_at IS NULL THEN to_jsonb(m)
            ELSE to_jsonb(m) - ARRAY['named', 'state', 'message_id'] END AS row
  FROM customer_merge m
 WHERE m.id IN (SELECT id FROM customer_merge WHERE standing = ANY(%(customers)s)
                 UNION SELECT id FROM customer_merge WHERE merged = ANY(%(customers)s))
 ORDER BY m.at, m.id
