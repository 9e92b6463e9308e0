-- Claimed, but not sent: back into the queue.
UPDATE message m SET status = 'queued', lease_until = NULL
  FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(fences)s::int[]) AS q(id, entered_on, fence)
 WHERE m.id = q.id AND m.entered_on = q.entered_on AND m.entered_on = ANY(%(on)s) AND m.fence = q.fence
   AND coalesce(m.status = 'claimed', false)
