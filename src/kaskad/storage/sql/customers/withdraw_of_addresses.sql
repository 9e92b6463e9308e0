-- Withdrawals by address, which is locked: stored by its hash for customers who get the address later (see
-- inherit_refusals), and those of all who have it now (see write_refusals). The event's own customer has it from the event. In the order of the key, to avoid deadlocks.
WITH told AS MATERIALIZED (
  SELECT r.*, coalesce(d.hash, r.address) AS hash
    FROM jsonb_to_recordset(%(rows)s) AS r(
         customer_id bigint, reached_by text, address text, purpose text, channel text, topic text, source text,
         message_id text, at timestamptz)
    LEFT JOIN address d ON d.channel = r.reached_by AND d.key = r.address),
kept AS (
  INSERT INTO refused_address AS a (reached_by, address, purpose, channel, topic, source, message_id, at)
  SELECT DISTINCT ON (reached_by, hash, purpose, channel, topic)
         reached_by, hash, purpose, coalesce(channel, ''), coalesce(topic, ''), source, message_id, at
    FROM told ORDER BY reached_by, hash, purpose, channel, topic, at DESC, message_id
      ON CONFLICT (reached_by, address, purpose, channel, topic)
      DO UPDATE SET at = excluded.at, source = excluded.source, message_id = excluded.message_id
              WHERE a.at < excluded.at)
SELECT DISTINCT k.customer_id, t.purpose, t.channel, t.topic, t.source, t.message_id, t.at
  FROM told t JOIN contact k ON k.channel = t.reached_by AND k.address_key = t.address
   AND k.state <> 'removed' AND k.customer_id <> t.customer_id
