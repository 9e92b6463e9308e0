-- The data of each customer for templates: profile, the entry's cart and product, and the entry itself.
SELECT n.id AS enrollment_id, n.entry, c.attributes, c.locale, c.time_zone,
       k.cart_id, coalesce(k.items, '[]') AS items,
       CASE WHEN k.cart_id IS NULL THEN 0 ELSE k.total END AS total, k.currency, p.attributes AS product
  FROM enrollment n JOIN customer c ON c.id = n.customer_id
  LEFT JOIN LATERAL (SELECT k.cart_id, k.items, k.total, k.currency FROM cart k
                      WHERE k.customer_id = n.customer_id AND k.cart_id = coalesce(n.entry->>'cart_id', k.cart_id)
                      ORDER BY k.updated_at DESC, k.cart_id LIMIT 1) k ON true
  LEFT JOIN product p ON p.id = n.entry->>'product_id'
 WHERE n.id = ANY(%(enrollments)s)
