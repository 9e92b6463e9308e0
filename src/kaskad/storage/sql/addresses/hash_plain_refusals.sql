-- Stores these addresses by their hash instead. If both were refused, the last withdrawal stays.
WITH plain AS (
  DELETE FROM refused_address a
   USING unnest(%(channels)s::text[], %(keys)s::text[], %(hashes)s::text[]) AS w(channel, key, hash)
   WHERE a.reached_by = w.channel AND a.address = w.key
  RETURNING a.reached_by, w.hash, a.purpose, a.channel, a.topic, a.source, a.message_id, a.at)
INSERT INTO refused_address AS a (reached_by, address, purpose, channel, topic, source, message_id, at)
SELECT reached_by, hash, purpose, channel, topic, source, message_id, at FROM plain
 ORDER BY reached_by, hash, purpose, channel, topic
    ON CONFLICT (reached_by, address, purpose, channel, topic)
    DO UPDATE SET at = excluded.at, source = excluded.source, message_id = excluded.message_id WHERE a.at < excluded.at
