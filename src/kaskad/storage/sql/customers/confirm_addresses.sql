-- The customer has confirmed the address, which they have still. The first confirmation stays. Returns nothing if it is
-- not theirs (any more).
INSERT INTO confirmed_address (customer_id, channel, address, message_id, at)
SELECT k.customer_id, k.channel, k.address_key, %(message_id)s, %(at)s
  FROM contact k
 WHERE k.customer_id = %(customer)s AND k.channel = %(channel)s AND k.address_key = %(address)s AND k.state <> 'removed'
    ON CONFLICT (customer_id, channel, address) DO UPDATE SET at = least(confirmed_address.at, excluded.at)
RETURNING at = %(at)s AS is_new
