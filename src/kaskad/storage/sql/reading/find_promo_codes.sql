-- The codes that somebody may mean, best first: who has each, by which journey, and where it was redeemed.
SELECT c.promo, c.code, c.taken_at, c.valid_until, c.enrollment_id IS NOT NULL AS given, c.code = %(written)s AS exact,
       n.customer_id AS owner, n.journey, r.place, r.store, r.order_id, r.request, r.redeemed_at
  FROM promo_code c
  LEFT JOIN enrollment n ON n.id = c.enrollment_id
  LEFT JOIN promo_redemption r ON r.promo = c.promo AND r.code = c.code
 WHERE c.key = %(key)s
 ORDER BY c.code = %(written)s DESC, c.enrollment_id IS NULL, c.promo, c.code
