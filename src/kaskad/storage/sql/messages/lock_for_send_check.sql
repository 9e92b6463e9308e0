-- First statement of the pre-send check: locks the messages that this worker still holds, and their customers.
-- Customers locked by others are skipped. `on` repeats the days: so the planner reads few months. (`coalesce`: see
-- settle_messages.)
SELECT m.id
  FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(fences)s::int[]) AS q(id, entered_on, fence)
  JOIN message m ON m.id = q.id AND m.entered_on = q.entered_on AND m.entered_on = ANY(%(on)s) AND m.fence = q.fence
   AND coalesce(m.status = 'claimed', false)
  JOIN customer c ON c.id = m.customer_id
 ORDER BY c.id, m.id FOR NO KEY UPDATE OF m, c SKIP LOCKED
