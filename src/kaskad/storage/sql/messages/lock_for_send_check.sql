-- First statement of the look: the messages this worker still holds, and their customers. Whoever is busy is passed over.
-- `on` names the days once more: so the planner sees that few months are meant. (`coalesce`: see settle_messages.)
SELECT m.id
  FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(fences)s::int[]) AS q(id, entered_on, fence)
  JOIN message m ON m.id = q.id AND m.entered_on = q.entered_on AND m.entered_on = ANY(%(on)s) AND m.fence = q.fence
   AND coalesce(m.status = 'claimed', false)
  JOIN customer c ON c.id = m.customer_id
 ORDER BY c.id, m.id FOR NO KEY UPDATE OF m, c SKIP LOCKED
