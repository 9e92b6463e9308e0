-- Puts a lease on the messages that `claim_messages` locked.
UPDATE message m SET status = 'claimed', fence = q.fence, lease_until = %(machine_now)s + %(lease)s
  FROM unnest(%(ids)s::uuid[], %(days)s::date[], %(fences)s::int[]) AS q(id, entered_on, fence)
 WHERE m.id = q.id AND m.entered_on = q.entered_on AND m.entered_on = ANY(%(on)s)
