-- Messages of steps that are over, and that have not gone, go no more. A claimed one is stopped by its own look.
UPDATE message m SET status = 'dropped', reason = coalesce(m.reason, r.reason)
  FROM jsonb_to_recordset(%(rows)s) AS r(enrollment_id bigint, step text, reason text)
 WHERE m.enrollment_id = r.enrollment_id AND m.step = r.step AND m.status IN ('queued', 'held')
