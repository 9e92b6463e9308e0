-- Claimed, and not sent: back to the queue.
UPDATE message m SET status = 'queued', lease_until = NULL
  FROM unnest(%(ids)s::uuid[], %(fences)s::int[]) AS q(id, fence)
 WHERE m.id = q.id AND m.fence = q.fence AND m.status = 'claimed'
