-- Locks all enrollments of these versions, in id order. The advisory lock keeps decisions away; settlements and
-- receipts hold customers, and this waits for them.
SELECT c.id FROM customer c
 WHERE c.id IN (SELECT customer_id FROM enrollment WHERE journey = %(journey)s AND version_id = ANY(%(versions)s)
                   AND status IN ('candidate', 'active'))
 ORDER BY c.id FOR NO KEY UPDATE
