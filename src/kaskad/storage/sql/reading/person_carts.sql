-- The carts of the person, the one that changed last first. Of two with one id, that of the row that stands: a merge unites
-- the lines there. `change` grows with each event about the cart, also where its content and its time stay what they were.
SELECT c.*, (SELECT max(e.id) FROM event e
              WHERE e.customer_id = ANY(%(members)s) AND e.name = ANY(%(names)s)
                AND (e.name = 'order_completed' OR coalesce(nullif(e.properties->>'cart_id', ''), 'cart') = c.cart_id)) AS change
  FROM (
  SELECT DISTINCT ON (k.cart_id) k.cart_id, k.items, k.total, k.currency, k.updated_at
    FROM cart k
   WHERE k.customer_id = ANY(%(members)s) AND (%(cart)s::text IS NULL OR k.cart_id = %(cart)s)
   ORDER BY k.cart_id, k.customer_id = %(customer)s DESC, k.updated_at DESC, k.customer_id DESC) c
 WHERE NOT %(filled)s OR c.items <> '[]' OR c.total > 0
 ORDER BY c.updated_at DESC, c.cart_id LIMIT %(limit)s
