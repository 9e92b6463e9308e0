-- Locks these addresses, in the order of the key, after the customers. Waits for others. What the transaction reads of
-- them is read by a later statement.
SELECT a.channel, a.key
  FROM unnest(%(channels)s::text[], %(keys)s::text[]) AS w(channel, key)
  JOIN address a ON a.channel = w.channel AND a.key = w.key
 ORDER BY a.channel, a.key FOR NO KEY UPDATE OF a
