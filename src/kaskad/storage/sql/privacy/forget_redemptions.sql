-- Of who redeemed a code the place and the time stay counted. The order's id becomes the word that it is in other tables.
-- A code's entry may be let go by then: the event that told of it names the code, and the order its id.
UPDATE promo_redemption r
   SET order_id = encode(sha256(convert_to(%(salt)s || r.order_id, 'UTF8')), 'hex'), request = ''
 WHERE (r.promo, r.code) IN (SELECT p.promo, p.code FROM promo_code p WHERE p.enrollment_id = ANY(%(enrollments)s))
    OR (r.promo, r.code) IN (SELECT e.properties->>'promo', e.properties->>'code' FROM event e
                              WHERE e.customer_id = ANY(%(customers)s) AND e.name = 'promo_redeemed')
    OR r.order_id IN (SELECT e.properties->>'order_id' FROM event e
                       WHERE e.customer_id = ANY(%(customers)s) AND e.name = 'order_completed')
