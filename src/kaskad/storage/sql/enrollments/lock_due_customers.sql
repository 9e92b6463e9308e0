-- Locks customers, not enrollments: the lock of the customer row covers every decision about the customer. Paused
-- journeys are left out: nothing of theirs would be decided, and they would be due again at once. So is who was merged
-- meanwhile: their enrollments have moved.
SELECT e.customer_id
  FROM enrollment e JOIN customer c ON c.id = e.customer_id AND c.merged_into IS NULL JOIN journey j ON j.name = e.journey AND NOT j.paused
 WHERE e.journey = %(journey)s AND e.status IN ('candidate', 'active') AND e.due_at <= %(now)s
 ORDER BY e.due_at, e.id LIMIT %(limit)s
   FOR NO KEY UPDATE OF c SKIP LOCKED
