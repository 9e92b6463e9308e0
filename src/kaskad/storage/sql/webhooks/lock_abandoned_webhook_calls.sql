-- The workers of these calls are dead, the results unknown. Customers first; locked ones come next time.
SELECT w.id, w.fence, w.attempt, w.webhook, w.customer_id
  FROM webhook_call w JOIN customer c ON c.id = w.customer_id
 WHERE w.status = 'sending' AND w.lease_until < clock_timestamp()
 ORDER BY c.id, w.id LIMIT %(limit)s FOR NO KEY UPDATE OF w, c SKIP LOCKED
