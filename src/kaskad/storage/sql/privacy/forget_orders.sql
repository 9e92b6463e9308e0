-- Of orders only what money is counted by; all other events are deleted.
UPDATE event e
   SET message_id = 'forgotten-' || e.id,
       properties = jsonb_strip_nulls(jsonb_build_object(
         'order_id', encode(sha256(convert_to(%(salt)s || (properties->>'order_id'), 'UTF8')), 'hex'),
         'cart_id', encode(sha256(convert_to(%(salt)s || (properties->>'cart_id'), 'UTF8')), 'hex'),
         'total', properties->'total', 'revenue', properties->'revenue', 'discount', properties->'discount',
         'currency', properties->'currency', 'place', properties->'place',
         'products', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                               'product_id', i.item->'product_id', 'quantity', i.item->'quantity', 'price', i.item->'price',
                               'currency', i.item->'currency')) ORDER BY i.at)
                        FROM jsonb_array_elements(CASE jsonb_typeof(properties->'products') WHEN 'array'
                             THEN properties->'products' ELSE '[]' END) WITH ORDINALITY AS i(item, at)
                       WHERE jsonb_typeof(i.item) = 'object')))
 WHERE e.customer_id = ANY(%(customers)s) AND e.name = ANY(%(orders)s)
