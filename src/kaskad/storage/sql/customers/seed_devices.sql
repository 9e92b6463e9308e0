-- The device that a contact stands for gets its own row when the first other one is told, or when another customer tells
-- it. That all were taken back is a row as well, under ''.
WITH told AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channel text, address_key text)),
whose AS (
  SELECT customer_id, channel FROM told
   UNION
  SELECT k.customer_id, k.channel
    FROM told t JOIN contact k ON k.channel = t.channel AND k.address_key = t.address_key AND k.state <> 'removed')
INSERT INTO device (customer_id, channel, address_key, address, state, updated_at, message_id)
SELECT k.customer_id, k.channel, each.key, CASE WHEN each.key = '' THEN '' ELSE k.address END, k.state, k.updated_at,
       k.message_id
  FROM whose w JOIN contact k ON k.customer_id = w.customer_id AND k.channel = w.channel
 CROSS JOIN LATERAL (
   SELECT k.address_key AS key WHERE k.address_key <> '' UNION SELECT '' WHERE k.state = 'removed') AS each
 WHERE NOT EXISTS (SELECT FROM device d WHERE d.customer_id = k.customer_id AND d.channel = k.channel)
    ON CONFLICT DO NOTHING
