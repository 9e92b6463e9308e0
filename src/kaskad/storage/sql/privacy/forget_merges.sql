-- What was written down when customers were joined names nobody who was forgotten: neither in their own merges, nor in those of
-- whoever was one person with them once. There it is found by the value. Ids and addresses are deleted after it; an address
-- that somebody else has too is theirs.
WITH RECURSIVE near AS (
  SELECT unnest(%(customers)s::bigint[]) AS id
   UNION
  SELECT o.id FROM near n CROSS JOIN LATERAL (
    SELECT m.merged AS id FROM customer_merge m WHERE m.standing = n.id
     UNION ALL SELECT m.standing FROM customer_merge m WHERE m.merged = n.id) o),
ids AS MATERIALIZED (
  SELECT coalesce(jsonb_agg(jsonb_build_array(kind, value)), '[]') AS known FROM identity
   WHERE customer_id = ANY(%(customers)s)),
addresses AS MATERIALIZED (
  SELECT coalesce(jsonb_agg(jsonb_build_array(t.channel, t.key)), '[]') AS known
    FROM (SELECT channel, coalesce(address_key, address) AS key FROM contact WHERE customer_id = ANY(%(customers)s)
           UNION SELECT channel, address_key FROM device WHERE customer_id = ANY(%(customers)s)
           UNION SELECT channel, address FROM confirmed_address WHERE customer_id = ANY(%(customers)s)) t
   WHERE t.key <> ''
     AND NOT EXISTS (SELECT FROM contact k WHERE k.channel = t.channel AND k.address_key = t.key
                        AND k.customer_id <> ALL(%(customers)s))
     AND NOT EXISTS (SELECT FROM device d WHERE d.channel = t.channel AND d.address_key = t.key
                        AND d.customer_id <> ALL(%(customers)s))),
written AS MATERIALIZED (
  SELECT m.id, m.standing = ANY(%(customers)s) OR m.merged = ANY(%(customers)s) AS own
    FROM customer_merge m
   WHERE m.id IN (SELECT b.id FROM near n JOIN customer_merge b ON b.standing = n.id
                   UNION SELECT b.id FROM near n JOIN customer_merge b ON b.merged = n.id))
UPDATE customer_merge m
   SET named = CASE WHEN w.own OR EXISTS (SELECT FROM jsonb_array_elements(m.named) AS e WHERE ids.known @> jsonb_build_array(e))
                    THEN '[]' ELSE m.named END,
       state = CASE WHEN NOT w.own AND m.state IS NOT NULL THEN (
         SELECT jsonb_object_agg(part.key, CASE WHEN jsonb_typeof(part.value) <> 'array' THEN part.value ELSE (
                  SELECT coalesce(jsonb_agg(e), '[]') FROM jsonb_array_elements(part.value) AS e
                   WHERE NOT ids.known @> jsonb_build_array(jsonb_build_array(e->'kind', e->'value'))
                     AND NOT addresses.known @> jsonb_build_array(jsonb_build_array(e->'channel', e->'address_key'))
                     AND NOT addresses.known @> jsonb_build_array(jsonb_build_array(e->'channel', e->'address'))) END)
           FROM jsonb_each(m.state) AS part) END
  FROM written w, ids, addresses
 WHERE m.id = w.id
