-- Messages whose claim is still valid.
SELECT m.id
  FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(fences)s::int[]) AS q(id, entered_on, fence)
  JOIN message m ON m.id = q.id AND m.entered_on = q.entered_on AND m.entered_on = ANY(%(on)s) AND m.fence = q.fence
   AND coalesce(m.status = 'claimed', false)
