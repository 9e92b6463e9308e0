-- Withdraws the consents of the customer and of other customers with the same address, unless they are withdrawn
-- already and nothing was granted since. A pause ends, and a no to one sender is about no other one. The address is
-- locked; by its hash the withdrawal is stored for whoever gets it later (see inherit_refusals).
WITH told AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r(
         customer_id bigint, reached_by text, address text, purpose text, channel text, topic text, sender text,
         source text, message_id text, at timestamptz, expires_at timestamptz, how text)),
whose AS (
  SELECT customer_id, purpose, channel, topic, sender, source, message_id, at, expires_at, how FROM told
   UNION
  SELECT k.customer_id, t.purpose, t.channel, t.topic, t.sender, t.source, t.message_id, t.at, t.expires_at, t.how
    FROM told t JOIN contact k ON k.channel = t.reached_by AND k.state <> 'removed'
     AND k.address_key = t.address
   UNION
  SELECT d.customer_id, t.purpose, t.channel, t.topic, t.sender, t.source, t.message_id, t.at, t.expires_at, t.how
    FROM told t JOIN device d ON d.channel = t.reached_by AND d.address_key = t.address AND d.state <> 'removed'),
kept AS (
  INSERT INTO refused_address AS a (reached_by, address, purpose, channel, topic, source, message_id, at)
  SELECT DISTINCT ON (t.reached_by, d.hash, t.purpose, t.channel, t.topic)
         t.reached_by, d.hash, t.purpose, coalesce(t.channel, ''), coalesce(t.topic, ''), t.source, t.message_id, t.at
    FROM told t JOIN address d ON d.channel = t.reached_by AND d.key = t.address
   WHERE t.sender IS NULL AND t.expires_at IS NULL
   ORDER BY t.reached_by, d.hash, t.purpose, t.channel, t.topic, t.at DESC, t.message_id
      ON CONFLICT (reached_by, address, purpose, channel, topic)
      DO UPDATE SET at = excluded.at, source = excluded.source, message_id = excluded.message_id
              WHERE a.at < excluded.at)
INSERT INTO consent (customer_id, purpose, channel, topic, sender, granted, source, message_id, at, expires_at, how)
SELECT r.customer_id, r.purpose, r.channel, r.topic, r.sender, false, r.source, r.message_id, r.at, r.expires_at, r.how
  FROM whose r
 WHERE NOT EXISTS (
   SELECT FROM consent w
    WHERE w.customer_id = r.customer_id AND w.purpose = r.purpose AND NOT w.granted
      AND w.expires_at IS NOT DISTINCT FROM r.expires_at AND w.sender IS NOT DISTINCT FROM r.sender
      AND w.channel IS NOT DISTINCT FROM r.channel AND w.topic IS NOT DISTINCT FROM r.topic
      AND NOT EXISTS (SELECT FROM consent g
                       WHERE g.customer_id = w.customer_id AND g.purpose = w.purpose AND g.granted
                         AND g.topic IS NOT DISTINCT FROM w.topic AND g.at > w.at))
