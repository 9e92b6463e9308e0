-- The messages that were sent since then to entries that name a product or a cart, the latest first; `changed`: what was
-- in the cart at that time is not known any more.
SELECT m.enrollment_id, m.journey, m.purpose, m.sent_at,
       coalesce(k.updated_at > m.sent_at, false) AND coalesce(n.entry->>'product_id', '') = '' AS changed
  FROM message m JOIN enrollment n ON n.id = m.enrollment_id
  LEFT JOIN cart k ON k.customer_id = n.customer_id AND k.cart_id = n.entry->>'cart_id'
 WHERE m.sent_at > %(since)s AND m.status = 'sent' AND m.mode = 'live' AND m.purpose <> 'transactional'
   AND m.journey = ANY(%(journeys)s) AND (n.entry->>'product_id' <> '' OR n.entry->>'cart_id' <> '')
 ORDER BY m.sent_at DESC, m.id LIMIT %(limit)s
