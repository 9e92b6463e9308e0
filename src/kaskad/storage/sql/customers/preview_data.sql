-- The data of one customer for templates now: as in render_data, from the last entry into one of these journeys, else
-- from the last order. The cart is the entry's own, the product the entry's, or the one that was viewed last.
WITH entered AS (
  SELECT coalesce(
    (SELECT n.entry FROM enrollment n WHERE n.customer_id = %(customer)s AND n.journey = ANY(%(journeys)s)
      ORDER BY n.entered_at DESC, n.id DESC LIMIT 1),
    (SELECT v.properties FROM standing_orders(%(customer)s, 'infinity') v
      ORDER BY v.occurred_at DESC, v.id DESC LIMIT 1),
    '{}') AS entry
)
SELECT n.entry, c.attributes, c.locale, c.time_zone,
       k.cart_id, coalesce(k.items, '[]') AS items,
       CASE WHEN k.cart_id IS NULL THEN 0 ELSE k.total END AS total, k.currency, p.attributes AS product
  FROM customer c CROSS JOIN entered n
  LEFT JOIN LATERAL (SELECT k.cart_id, k.items, k.total, k.currency FROM cart k
                      WHERE k.customer_id = c.id AND k.cart_id = coalesce(n.entry->>'cart_id', k.cart_id)
                      ORDER BY k.updated_at DESC, k.cart_id LIMIT 1) k ON true
  LEFT JOIN product p ON p.id = coalesce(
    n.entry->>'product_id',
    (SELECT v.properties->>'product_id' FROM event v WHERE v.customer_id = c.id AND v.name = 'product_viewed'
      ORDER BY v.occurred_at DESC, v.id DESC LIMIT 1))
 WHERE c.id = %(customer)s
