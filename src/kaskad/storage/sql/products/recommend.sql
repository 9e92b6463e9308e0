-- For each enrollment: products that others bought together with its own; then the bestsellers of the same categories.
-- Not the enrollment's own products, none that are known to be sold out, and none that the customer has just bought.
WITH asked AS (
  SELECT n.id, n.customer_id, n.entry
    FROM unnest(%(enrollments)s::bigint[]) AS q(id) JOIN enrollment n ON n.id = q.id),
named AS (
  SELECT a.id, a.entry->>'product_id' AS product_id FROM asked a
   UNION
  SELECT a.id, i.item->>'product_id' FROM asked a CROSS JOIN LATERAL jsonb_array_elements(
         CASE jsonb_typeof(a.entry->'products') WHEN 'array' THEN a.entry->'products' ELSE '[]' END) AS i(item)
   UNION
  SELECT a.id, i.item->>'product_id' FROM asked a
    JOIN cart k ON k.customer_id = a.customer_id AND k.cart_id = a.entry->>'cart_id'
   CROSS JOIN LATERAL jsonb_array_elements(k.items) AS i(item)),
about AS (
  SELECT id, product_id FROM named WHERE product_id <> ''
   UNION
  SELECT a.id, i.item->>'product_id' FROM asked a
   CROSS JOIN LATERAL (SELECT e.properties FROM standing_orders(a.customer_id, %(now)s) e
                        ORDER BY e.occurred_at DESC, e.message_id LIMIT 1) AS o
   CROSS JOIN LATERAL jsonb_array_elements(
         CASE jsonb_typeof(o.properties->'products') WHEN 'array' THEN o.properties->'products' ELSE '[]' END) AS i(item)
   WHERE NOT EXISTS (SELECT FROM named m WHERE m.id = a.id AND m.product_id <> '')),
kind AS (
  SELECT DISTINCT a.id, p.attributes->>'category' AS category FROM about a JOIN product p ON p.id = a.product_id
   WHERE p.attributes->>'category' <> ''),
seller AS (
  SELECT p.attributes->>'category' AS category, p.id, coalesce(t.orders, 0) AS orders,
         row_number() OVER (PARTITION BY p.attributes->>'category' ORDER BY coalesce(t.orders, 0) DESC, p.id) AS place
    FROM (SELECT DISTINCT category FROM kind) AS c
    JOIN product p ON p.attributes->>'category' = c.category
    LEFT JOIN bought_together t ON t.product_id = p.id AND t.other_id = p.id),
candidate AS (
  SELECT id, product_id, min(tier) AS tier, sum(orders) AS orders
    FROM (SELECT a.id, t.other_id AS product_id, 1 AS tier, t.orders FROM about a JOIN bought_together t USING (product_id)
           UNION ALL
          SELECT k.id, s.id, 2, 0 FROM kind k JOIN seller s USING (category) WHERE s.place <= 50) AS c
   WHERE NOT EXISTS (SELECT FROM about o WHERE o.id = c.id AND o.product_id = c.product_id)
   GROUP BY id, product_id),
bought AS (
  SELECT a.id, i.item->>'product_id' AS product_id, b.attributes
    FROM asked a
    JOIN LATERAL standing_orders(a.customer_id, %(now)s) e ON e.occurred_at > %(now)s - %(never)s::interval
   CROSS JOIN LATERAL jsonb_array_elements(
         CASE jsonb_typeof(e.properties->'products') WHEN 'array' THEN e.properties->'products' ELSE '[]' END) AS i(item)
    LEFT JOIN product b ON b.id = i.item->>'product_id'),
ranked AS (
  SELECT c.id, p.attributes, p.id AS product_id,
         row_number() OVER (PARTITION BY c.id ORDER BY c.tier, c.orders DESC, coalesce(s.place, 0), p.id) AS place
    FROM candidate c
    JOIN product p ON p.id = c.product_id AND p.attributes->>'title' <> ''
    LEFT JOIN seller s ON s.id = p.id
   WHERE coalesce((SELECT sum(units::numeric) FROM jsonb_each_text(p.stock) AS t(store, units)) > 0, true)
     AND NOT EXISTS (
         SELECT FROM bought b
          WHERE b.id = c.id
            AND (b.product_id = p.id
                 OR CASE WHEN p.attributes->>'similar' <> '' THEN b.attributes->>'similar' = p.attributes->>'similar'
                         ELSE p.attributes->>'category' <> '' AND b.attributes->>'category' = p.attributes->>'category' END)))
SELECT id AS enrollment_id, product_id, attributes FROM ranked WHERE place <= %(most)s ORDER BY id, place
