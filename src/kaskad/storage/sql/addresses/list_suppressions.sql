-- Closed addresses, by their hash, the latest first; `hash` and `plain` are one address, null for all.
SELECT channel, address, journey, reason, source, at
  FROM suppression
 WHERE channel = coalesce(%(channel)s, channel)
   AND (%(hash)s::text IS NULL OR address IN (%(hash)s, %(plain)s))
 ORDER BY at DESC, channel, address, journey, reason LIMIT %(limit)s
