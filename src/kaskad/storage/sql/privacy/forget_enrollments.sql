-- Ends what is live, and empties what the entries say of the person. Ids of orders and carts become words that only
-- match each other: counts that compare them stay right.
UPDATE enrollment n
   SET status = CASE WHEN status IN ('candidate', 'active', 'quarantined') THEN 'left' ELSE status END::enrollment_status,
       reason = CASE WHEN status IN ('candidate', 'active', 'quarantined') THEN 'forgotten' ELSE reason END,
       ended_at = coalesce(ended_at, %(now)s), fault = NULL, entry_message_id = 'forgotten-' || n.id,
       key = CASE WHEN key = '' THEN '' ELSE encode(sha256(convert_to(%(salt)s || key, 'UTF8')), 'hex') END,
       entry = jsonb_strip_nulls(jsonb_build_object(
         'product_id', entry->'product_id',
         'order_id', encode(sha256(convert_to(%(salt)s || (entry->>'order_id'), 'UTF8')), 'hex'),
         'cart_id', encode(sha256(convert_to(%(salt)s || (entry->>'cart_id'), 'UTF8')), 'hex')))
 WHERE n.customer_id = ANY(%(customers)s)
