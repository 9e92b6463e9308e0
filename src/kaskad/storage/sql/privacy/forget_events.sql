-- Of orders, and of events that goals ask for, only what is counted stays; all other events are deleted. Ids become words
-- that only match each other: an entry still knows its own event (see forget_enrollments).
UPDATE event e
   SET message_id = encode(sha256(convert_to(%(salt)s || regexp_replace(message_id, %(suffix)s || '$', ''), 'UTF8')), 'hex')
                    || coalesce(substring(message_id FROM %(suffix)s || '$'), ''),
       properties = jsonb_strip_nulls(jsonb_build_object(
         'order_id', encode(sha256(convert_to(%(salt)s || (properties->>'order_id'), 'UTF8')), 'hex'),
         'cart_id', encode(sha256(convert_to(%(salt)s || (properties->>'cart_id'), 'UTF8')), 'hex'),
         'refund_id', encode(sha256(convert_to(%(salt)s || nullif(properties->>'refund_id', ''), 'UTF8')), 'hex'),
         'product_id', properties->'product_id', 'total', properties->'total', 'revenue', properties->'revenue',
         'discount', properties->'discount', 'currency', properties->'currency', 'place', properties->'place',
         'products', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                               'product_id', i.item->'product_id', 'sku', i.item->'sku', 'variant', i.item->'variant',
                               'line_id', i.item->'line_id', 'quantity', i.item->'quantity', 'price', i.item->'price',
                               'currency', i.item->'currency', 'spoiled', i.item->'spoiled')) ORDER BY i.at)
                        FROM jsonb_array_elements(CASE jsonb_typeof(properties->'products') WHEN 'array'
                             THEN properties->'products' ELSE '[]' END) WITH ORDINALITY AS i(item, at)
                       WHERE jsonb_typeof(i.item) = 'object')))
 WHERE e.customer_id = ANY(%(customers)s) AND e.name = ANY(%(kept)s)
