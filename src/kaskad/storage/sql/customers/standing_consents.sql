-- What a customer said last for each purpose, channel, topic and sender, as of an instant; of two words at one instant
-- the withdrawal. The latest pause stands beside what was said.
SELECT DISTINCT ON (purpose, channel, topic, sender, NOT granted AND expires_at IS NOT NULL)
       id, purpose, channel, topic, sender, granted, at, source, text_version, text_hash, ip, expires_at, how, message_id
  FROM consent
 WHERE customer_id = %(customer)s AND at <= %(at)s
 ORDER BY purpose, channel, topic, sender, NOT granted AND expires_at IS NOT NULL, at DESC, granted, id DESC
