-- Stores which address each of these messages is given to a provider for, in the order of the key.
INSERT INTO address_touch (channel, hash, message_id, entered_on, customer_id, journey, step, purpose, at)
SELECT r.channel, r.hash, r.message_id, r.entered_on, r.customer_id, r.journey, r.step, r.purpose, r.at
  FROM jsonb_to_recordset(%(rows)s) AS r(channel text, hash text, message_id uuid, entered_on date, customer_id bigint,
                                         journey text, step text, purpose text, at timestamptz)
 ORDER BY r.channel, r.hash, r.message_id
    ON CONFLICT (channel, hash, message_id) DO UPDATE SET at = excluded.at, step = excluded.step
