-- What forgotten customers were sent at these addresses: it counts on for others there, but neither the customer nor the
-- message is named any more. What was certainly not sent counts for nobody (see address_touches), and goes.
WITH theirs AS MATERIALIZED (
  SELECT t.channel, t.hash, t.message_id,
         m.id IS NULL OR m.status IN ('sending', 'sent') OR (m.status <> 'failed' AND m.unknown_since IS NOT NULL) AS counts
    FROM unnest(%(channels)s::text[], %(hashes)s::text[]) AS w(channel, hash)
    JOIN address_touch t ON t.channel = w.channel AND t.hash = w.hash AND t.customer_id = ANY(%(customers)s)
    LEFT JOIN message m ON m.id = t.message_id AND m.entered_on = t.entered_on),
gone AS (
  DELETE FROM address_touch t USING theirs r
   WHERE NOT r.counts AND t.channel = r.channel AND t.hash = r.hash AND t.message_id = r.message_id)
UPDATE address_touch t SET customer_id = 0, message_id = gen_random_uuid()
  FROM theirs r WHERE r.counts AND t.channel = r.channel AND t.hash = r.hash AND t.message_id = r.message_id
