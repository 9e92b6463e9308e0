-- Customers have confirmed addresses that they still have. The first confirmation of each stays. Returns whether it is new,
-- and nothing for an address that is not theirs (any more).
INSERT INTO confirmed_address (customer_id, channel, address, message_id, at)
SELECT DISTINCT ON (k.customer_id, k.channel, k.address_key) k.customer_id, k.channel, k.address_key, r.message_id, r.at
  FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channel text, address text, message_id text, at timestamptz)
  JOIN contact k ON k.customer_id = r.customer_id AND k.channel = r.channel AND k.address_key = r.address
 WHERE k.state <> 'removed'
 ORDER BY k.customer_id, k.channel, k.address_key, r.at, r.message_id
    ON CONFLICT (customer_id, channel, address)
    DO UPDATE SET at = least(confirmed_address.at, excluded.at)
RETURNING xmax = 0 AS is_new
