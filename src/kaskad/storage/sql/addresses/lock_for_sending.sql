-- Second statement of the pre-send check: of these contacts, locks the addresses, after their customers. Addresses that
-- others have locked are skipped: their messages wait.
SELECT k.customer_id, k.channel
  FROM unnest(%(customers)s::bigint[], %(channels)s::text[]) AS w(customer_id, channel)
  JOIN contact k ON k.customer_id = w.customer_id AND k.channel = w.channel AND k.state <> 'removed'
  JOIN address a ON a.channel = k.channel AND a.key = k.address_key
 ORDER BY a.channel, a.key, k.customer_id FOR NO KEY UPDATE OF a SKIP LOCKED
