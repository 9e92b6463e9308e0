-- Ends what is live, and empties what the entries say of the person. Ids of orders, carts and
-- events become words that only match each other: counts that compare them stay right.
UPDATE enrollment n
   SET status = CASE WHEN status IN ('candidate', 'active', 'quarantined') THEN 'left' ELSE status END::enrollment_status,
       reason = CASE WHEN status IN ('candidate', 'active', 'quarantined') THEN 'forgotten' ELSE reason END,
       ended_at = coalesce(ended_at, %(now)s), fault = NULL,
       entry_message_id =
         encode(sha256(convert_to(%(salt)s || regexp_replace(entry_message_id, %(suffix)s || '$', ''), 'UTF8')), 'hex')
         || coalesce(substring(entry_message_id FROM %(suffix)s || '$'), ''),
       key = CASE WHEN key = '' THEN '' ELSE encode(sha256(convert_to(%(salt)s || key, 'UTF8')), 'hex') END,
       entry = jsonb_strip_nulls(jsonb_build_object(
         'product_id', entry->'product_id',
         'order_id', encode(sha256(convert_to(%(salt)s || (entry->>'order_id'), 'UTF8')), 'hex'),
         'cart_id', encode(sha256(convert_to(%(salt)s || (entry->>'cart_id'), 'UTF8')), 'hex')))
 WHERE n.customer_id = ANY(%(customers)s)
