-- What the person said last for each purpose, channel, topic and sender, whichever of the members said it; at one instant
-- the withdrawal. The latest pause stands beside it until its end.
SELECT s.*, s.granted AND (s.expires_at IS NULL OR s.expires_at > %(at)s) AS grants
  FROM (SELECT DISTINCT ON (purpose, channel, topic, sender, NOT granted AND expires_at IS NOT NULL)
               id, purpose, channel, topic, sender, granted, at, source, text_version, text_hash, ip, expires_at, how,
               message_id
          FROM consent
         WHERE customer_id = ANY(%(members)s) AND purpose = ANY(%(purposes)s) AND at <= %(at)s
         ORDER BY purpose, channel, topic, sender, NOT granted AND expires_at IS NOT NULL, at DESC, granted, id DESC) s
 WHERE s.granted OR s.expires_at IS NULL OR s.expires_at > %(at)s
 ORDER BY s.purpose, s.channel, s.topic, s.sender, s.id
