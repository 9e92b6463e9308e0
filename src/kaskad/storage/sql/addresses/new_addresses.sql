-- Of these contacts and devices, the addresses that their customers do not have yet. Who has one already is found by
-- whoever closes it, and the customer is locked: most profiles repeat what is known, and need no lock of an address.
SELECT DISTINCT w.channel, w.key
  FROM unnest(%(customers)s::bigint[], %(channels)s::text[], %(keys)s::text[]) AS w(customer_id, channel, key)
 WHERE NOT EXISTS (SELECT FROM contact k
                    WHERE k.customer_id = w.customer_id AND k.channel = w.channel AND k.address_key = w.key
                      AND k.state <> 'removed')
   AND NOT EXISTS (SELECT FROM device d
                    WHERE d.customer_id = w.customer_id AND d.channel = w.channel AND d.address_key = w.key
                      AND d.state <> 'removed')
 ORDER BY w.channel, w.key
