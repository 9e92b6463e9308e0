-- What customers said last for each purpose, channel, topic and sender, as of an instant; of two words at one instant the
-- withdrawal. A grant that has expired grants nothing. The latest pause (a withdrawal with an end) stands beside what was
-- said, until its end. Send checks ask this for many customers, so it reads the few columns that they need.
SELECT s.id, s.customer_id, s.channel, s.topic, s.sender, s.at,
       s.granted AND (s.expires_at IS NULL OR s.expires_at > %(at)s) AS granted,
       NOT s.granted AND s.expires_at IS NOT NULL AS is_pause
  FROM (SELECT DISTINCT ON (customer_id, purpose, channel, topic, sender, NOT granted AND expires_at IS NOT NULL)
               id, customer_id, channel, topic, sender, at, granted, expires_at
          FROM consent
         WHERE customer_id = ANY(%(customers)s) AND purpose = ANY(%(purposes)s) AND at <= %(at)s
         ORDER BY customer_id, purpose, channel, topic, sender, NOT granted AND expires_at IS NOT NULL, at DESC, granted,
                  id DESC) s
 WHERE s.granted OR s.expires_at IS NULL OR s.expires_at > %(at)s
