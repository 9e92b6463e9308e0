-- What a no takes back, unless it is taken back already, and nothing was granted since.
INSERT INTO consent (customer_id, purpose, channel, topic, granted, source, message_id, at)
SELECT r.customer_id, r.purpose, r.channel, r.topic, false, r.source, r.message_id, r.at
  FROM jsonb_to_recordset(%(rows)s) AS r(
       customer_id bigint, purpose text, channel text, topic text, source text, message_id text, at timestamptz)
 WHERE NOT EXISTS (
   SELECT FROM consent w
    WHERE w.customer_id = r.customer_id AND w.purpose = r.purpose AND NOT w.granted
      AND w.channel IS NOT DISTINCT FROM r.channel AND w.topic IS NOT DISTINCT FROM r.topic
      AND NOT EXISTS (SELECT FROM consent g
                       WHERE g.customer_id = w.customer_id AND g.purpose = w.purpose AND g.granted
                         AND g.topic IS NOT DISTINCT FROM w.topic AND g.at > w.at))
