-- The contact of the channel is the latest device that is active, and told after all were taken back; without one, it
-- is removed, or dead as before. Of more than `most` devices the oldest are forgotten. Returns the contacts that are new
-- to their customers: at the end, `contact` is as it was before.
WITH wanted AS MATERIALIZED (
  SELECT DISTINCT r.customer_id, r.channel FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channel text)),
ranked AS MATERIALIZED (
  SELECT d.*, d.state = 'active'
              AND (a.updated_at, a.message_id COLLATE "C") >= (d.updated_at, d.message_id COLLATE "C") IS NOT TRUE AS live,
         row_number() OVER (PARTITION BY d.customer_id, d.channel
                            ORDER BY d.updated_at DESC, d.message_id COLLATE "C" DESC, d.address_key) AS place
    FROM wanted w JOIN device d ON d.customer_id = w.customer_id AND d.channel = w.channel AND d.address_key <> ''
    LEFT JOIN device a ON a.customer_id = d.customer_id AND a.channel = d.channel AND a.address_key = ''),
forgotten AS (
  DELETE FROM device d USING ranked r
   WHERE r.place > %(most)s AND d.customer_id = r.customer_id AND d.channel = r.channel AND d.address_key = r.address_key),
latest AS (
  SELECT DISTINCT ON (customer_id, channel) * FROM ranked WHERE live AND place <= %(most)s
   ORDER BY customer_id, channel, place),
said AS (
  SELECT DISTINCT ON (d.customer_id, d.channel) d.customer_id, d.channel, d.updated_at, d.message_id
    FROM wanted w JOIN device d ON d.customer_id = w.customer_id AND d.channel = w.channel
   ORDER BY d.customer_id, d.channel, d.updated_at DESC, d.message_id COLLATE "C" DESC, d.address_key),
written AS (
  INSERT INTO contact AS k (customer_id, channel, address, address_key, state, updated_at, message_id)
  SELECT s.customer_id, s.channel, coalesce(l.address, ''), l.address_key,
         CASE WHEN l.address IS NULL THEN 'removed' ELSE 'active' END,
         coalesce(l.updated_at, s.updated_at), coalesce(l.message_id, s.message_id)
    FROM said s LEFT JOIN latest l ON l.customer_id = s.customer_id AND l.channel = s.channel
   ORDER BY s.customer_id, s.channel
      ON CONFLICT (customer_id, channel)
      DO UPDATE SET updated_at = excluded.updated_at, message_id = excluded.message_id,
                    address = CASE WHEN excluded.state = 'removed' THEN k.address ELSE excluded.address END,
                    address_key = CASE WHEN excluded.state = 'removed' THEN k.address_key ELSE excluded.address_key END,
                    state = CASE WHEN excluded.state = 'removed' AND k.state = 'dead' THEN 'dead' ELSE excluded.state END
  RETURNING k.customer_id, k.channel, k.address_key, k.state)
SELECT w.customer_id, w.channel, w.address_key FROM written w
 WHERE w.state = 'active'
   AND NOT EXISTS (SELECT FROM contact k
                    WHERE k.customer_id = w.customer_id AND k.channel = w.channel AND k.address_key = w.address_key
                      AND k.state <> 'removed')
