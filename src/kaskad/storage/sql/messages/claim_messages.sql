-- Locks the next messages to send; none of a paused journey. The fence grows (`take_claims`), so that a late settlement
-- of an older claim has no effect.
SELECT q.id, q.entered_on, q.fence + 1 AS fence, q.enrollment_id, q.customer_id, q.version_id, q.journey, q.step, q.message,
       q.channel, q.topic, q.purpose, q.sender, q.mode, q.attempt, q.provider, q.key_until, q.counts_on, q.expires_at,
       q.patience, q.decided_at, q.together
  FROM message q JOIN journey j ON j.name = q.journey AND NOT j.paused
 WHERE q.journey = %(journey)s AND q.channel = %(channel)s AND q.status = 'queued' AND q.not_before <= %(now)s
 ORDER BY q.not_before, q.id LIMIT %(limit)s FOR UPDATE OF q SKIP LOCKED
