-- First statement of the look: the messages this worker still holds, and their customers. Whoever is busy is passed over.
SELECT m.id
  FROM unnest(%(ids)s::uuid[], %(fences)s::int[]) AS q(id, fence)
  JOIN message m ON m.id = q.id AND m.fence = q.fence AND m.status = 'claimed'
  JOIN customer c ON c.id = m.customer_id
 ORDER BY c.id, m.id FOR NO KEY UPDATE OF m, c SKIP LOCKED
