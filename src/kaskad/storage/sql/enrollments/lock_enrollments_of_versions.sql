-- Everybody of these versions, in id order. Who decides is kept away by the advisory lock; who settles or tells of
-- receipts holds customers, and is waited for.
SELECT c.id FROM customer c
 WHERE c.id IN (SELECT customer_id FROM enrollment WHERE journey = %(journey)s AND version_id = ANY(%(versions)s)
                   AND status IN ('candidate', 'active'))
 ORDER BY c.id FOR NO KEY UPDATE
