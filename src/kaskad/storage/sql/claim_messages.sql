-- Nothing of a paused journey; the fence grows, so that a late settle of an older claim finds nothing.
UPDATE message m
   SET status = 'claimed', fence = m.fence + 1, lease_until = %(machine_now)s + %(lease)s
  FROM (SELECT q.id FROM message q JOIN journey j ON j.name = q.journey AND NOT j.paused
         WHERE q.journey = %(journey)s AND q.channel = %(channel)s AND q.status = 'queued' AND q.not_before <= %(now)s
         ORDER BY q.not_before, q.id LIMIT %(limit)s FOR UPDATE OF q SKIP LOCKED) AS due
 WHERE m.id = due.id
RETURNING m.id, m.fence, m.enrollment_id, m.customer_id, m.version_id, m.journey, m.step, m.message, m.channel, m.topic,
          m.purpose, m.sender, m.mode, m.attempt, m.counts_on, m.expires_at, m.patience, m.decided_at
