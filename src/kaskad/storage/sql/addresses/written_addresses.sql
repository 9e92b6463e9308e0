-- Every address that is stored of these customers, in whatever state: in contacts, devices, confirmations and
-- messages (tests go to the journey's owner). As written; the caller knows the key.
SELECT channel, address FROM contact WHERE customer_id = ANY(%(customers)s) AND address <> ''
 UNION SELECT channel, address_key FROM contact WHERE customer_id = ANY(%(customers)s) AND address_key <> ''
 UNION SELECT channel, address FROM device WHERE customer_id = ANY(%(customers)s) AND address <> ''
 UNION SELECT channel, address_key FROM device WHERE customer_id = ANY(%(customers)s) AND address_key <> ''
 UNION SELECT channel, address FROM confirmed_address WHERE customer_id = ANY(%(customers)s)
 UNION SELECT channel, address FROM message WHERE customer_id = ANY(%(customers)s) AND mode = 'live' AND address <> ''
 ORDER BY 1, 2
