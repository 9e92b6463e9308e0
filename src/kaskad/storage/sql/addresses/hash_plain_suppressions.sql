-- Stores these addresses by their hash instead. Of two rows with one reason the first stays.
WITH plain AS (
  DELETE FROM suppression s USING unnest(%(channels)s::text[], %(keys)s::text[], %(hashes)s::text[]) AS w(channel, key, hash)
   WHERE s.channel = w.channel AND s.address = w.key
  RETURNING s.channel, w.hash, s.journey, s.reason, s.source, s.at)
INSERT INTO suppression AS s (channel, address, journey, reason, source, at)
SELECT channel, hash, journey, reason, source, at FROM plain ORDER BY channel, hash, journey, reason
    ON CONFLICT (channel, address, journey, reason)
    DO UPDATE SET source = excluded.source, at = excluded.at WHERE excluded.at < s.at
