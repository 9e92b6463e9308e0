-- Messages that receipts are about, in their state after their customers are locked: the provider is updated whenever
-- the message is given to one. No receipt can be earlier than the message's first call, or than its decision.
SELECT m.id, m.entered_on, m.customer_id AS customer, m.journey, m.channel, m.purpose, m.topic, m.message, m.mode, m.provider,
       coalesce(m.address, k.address) AS address, least(m.decided_at, m.sending_at, m.unknown_since) AS made_at
  FROM message m LEFT JOIN contact k ON k.customer_id = m.customer_id AND k.channel = m.channel
 WHERE m.id = ANY(%(ids)s) AND m.entered_on = ANY(%(on)s)
