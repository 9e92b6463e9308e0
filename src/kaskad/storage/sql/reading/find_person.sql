-- Who has this id, or one of these addresses, or stands for this row: each with all members.
-- The matching id comes first (`matched`), then the best one that the person has, an address last; who was forgotten has none.
WITH named AS MATERIALIZED (
  SELECT i.customer_id AS id FROM identity i WHERE i.kind = %(kind)s AND i.value = ANY(%(values)s)
   UNION
  SELECT k.customer_id
    FROM unnest(%(channels)s::text[], %(keys)s::text[]) AS w(channel, key)
    JOIN contact k ON k.channel = w.channel AND k.address_key = w.key AND k.state <> 'removed'
   UNION
  SELECT standing_customer(%(row)s))
SELECT c.id AS customer, coalesce(c.members, ARRAY[c.id]) AS members, i.kind, i.value,
       coalesce(i.kind = %(kind)s AND i.value = ANY(%(values)s), false) AS matched
  FROM named n JOIN customer c ON c.id = n.id
  LEFT JOIN LATERAL (
       SELECT o.kind, o.value FROM identity o WHERE o.customer_id = ANY(coalesce(c.members, ARRAY[c.id]))
        ORDER BY o.kind = %(kind)s AND o.value = ANY(%(values)s) DESC,
              o.kind <> 'user_id', o.kind IN ('email', 'phone'), o.kind, o.value LIMIT 1) i ON true
 WHERE c.forgotten_at IS NULL AND c.id <> 0
 ORDER BY c.id
