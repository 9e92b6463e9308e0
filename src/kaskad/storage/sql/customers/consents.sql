-- The latest consent or withdrawal of each channel, topic and sender; of two at one instant, the withdrawal. A grant that
-- has expired is none. A pause (a withdrawal with an end) stands beside it: the latest one, until its end.
SELECT s.customer_id, s.channel, s.topic, s.sender, s.at,
       s.granted AND (s.expires_at IS NULL OR s.expires_at > %(at)s) AS granted
  FROM (SELECT DISTINCT ON (customer_id, channel, topic, sender, NOT granted AND expires_at IS NOT NULL)
               customer_id, channel, topic, sender, at, granted, expires_at
          FROM consent
         WHERE customer_id = ANY(%(customers)s) AND purpose = 'marketing' AND at <= %(at)s
         ORDER BY customer_id, channel, topic, sender, NOT granted AND expires_at IS NOT NULL, at DESC, granted, id DESC) s
 WHERE s.granted OR s.expires_at IS NULL OR s.expires_at > %(at)s
