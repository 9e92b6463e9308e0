-- Those noes (by `number`) after which one of these customers, or of those who were joined into them, agreed again: a
-- grant of the same purpose that shares a channel, a topic and a sender with the no, later than the last such no.
SELECT DISTINCT t.number
  FROM jsonb_to_recordset(%(rows)s) AS t(
       number int, customer_id bigint, purpose text, channel text, topic text, sender text)
  JOIN customer c ON c.id = t.customer_id
  JOIN consent g ON g.customer_id = ANY(coalesce(c.members, ARRAY[c.id])) AND g.purpose = t.purpose AND g.granted
   AND (g.channel IS NULL OR t.channel IS NULL OR g.channel = t.channel)
   AND (g.topic IS NULL OR t.topic IS NULL OR g.topic = t.topic)
   AND (g.sender IS NULL OR t.sender IS NULL OR g.sender = t.sender)
 WHERE NOT EXISTS (
   SELECT FROM consent w
    WHERE w.customer_id = ANY(coalesce(c.members, ARRAY[c.id])) AND w.purpose = t.purpose AND NOT w.granted
      AND w.expires_at IS NULL AND w.channel IS NOT DISTINCT FROM t.channel AND w.topic IS NOT DISTINCT FROM t.topic
      AND w.sender IS NOT DISTINCT FROM t.sender AND w.at >= g.at)
 ORDER BY t.number
