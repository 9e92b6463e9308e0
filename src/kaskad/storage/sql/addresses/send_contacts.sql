-- The addresses of these customers in these channels. `hash` is null until the address has a row of its own; without a
-- key it is invalid, and nothing is sent.
SELECT k.customer_id, k.channel, k.address, k.address_key AS key, a.hash
  FROM unnest(%(customers)s::bigint[], %(channels)s::text[]) AS w(customer_id, channel)
  JOIN contact k ON k.customer_id = w.customer_id AND k.channel = w.channel AND k.state <> 'removed'
  LEFT JOIN address a ON a.channel = k.channel AND a.key = k.address_key
 ORDER BY k.customer_id, k.channel
