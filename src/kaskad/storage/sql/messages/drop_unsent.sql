-- Drops unsent messages of steps that are over. A claimed one is stopped by its own pre-send check.
-- A message that may have been sent once stays unknown: only whether it is tried again has changed.
UPDATE message m
   SET status = CASE WHEN m.unknown_since IS NULL THEN 'dropped' ELSE 'unknown' END::message_status,
       ask_at = CASE WHEN m.unknown_since IS NOT NULL AND m.settled_by IS NULL THEN m.not_before END,
       reason = coalesce(m.reason, r.reason)
  FROM jsonb_to_recordset(%(rows)s) AS r(enrollment_id bigint, entered_on date, step text, reason text)
 WHERE m.enrollment_id = r.enrollment_id AND m.entered_on = r.entered_on AND m.entered_on = ANY(%(on)s) AND m.step = r.step
   AND m.status IN ('queued', 'held')
