-- First statement: locks the next calls with their customers, in id order; customers locked by others are skipped. No
-- calls of a paused journey.
SELECT w.id, w.fence, w.attempt, w.enrollment_id, w.customer_id, w.journey, w.version_id, w.step, w.webhook,
       w.unknown_since IS NOT NULL AS doubted
  FROM webhook_call w JOIN customer c ON c.id = w.customer_id JOIN journey j ON j.name = w.journey AND NOT j.paused
 WHERE w.status = 'queued' AND w.not_before <= %(now)s
 ORDER BY c.id, w.id LIMIT %(limit)s FOR NO KEY UPDATE OF w, c SKIP LOCKED
