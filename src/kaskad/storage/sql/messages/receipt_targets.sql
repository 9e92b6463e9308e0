-- Messages that receipts are about, as they stand once their customers are locked: who carries one is said anew whenever
-- it is given to somebody. Nothing can be told of it that is earlier than its first call, or than it was decided.
SELECT m.id, m.entered_on, m.customer_id AS customer, m.journey, m.channel, m.purpose, m.topic, m.message, m.mode, m.provider,
       coalesce(m.address, k.address) AS address, least(m.decided_at, m.sending_at, m.unknown_since) AS made_at
  FROM message m LEFT JOIN contact k ON k.customer_id = m.customer_id AND k.channel = m.channel
 WHERE m.id = ANY(%(ids)s) AND m.entered_on = ANY(%(on)s)
