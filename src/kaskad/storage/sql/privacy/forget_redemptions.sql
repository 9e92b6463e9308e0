-- Of who redeemed a code the place and the time stay counted. The order's id becomes the word that it is in other tables.
UPDATE promo_redemption r
   SET order_id = encode(sha256(convert_to(%(salt)s || r.order_id, 'UTF8')), 'hex'), request = ''
  FROM promo_code p WHERE p.promo = r.promo AND p.code = r.code AND p.enrollment_id = ANY(%(enrollments)s)
