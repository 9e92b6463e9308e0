-- Withdraws queued messages of steps that an edit removed, unless the steps come back: they are decided again at the
-- new step of the enrollment. A message that may have been sent once stays unknown, and its provider is asked.
UPDATE message m
   SET status = CASE WHEN m.unknown_since IS NULL OR m.settled_by IS NOT NULL THEN 'held' ELSE 'unknown' END::message_status,
       ask_at = CASE WHEN m.unknown_since IS NOT NULL AND m.settled_by IS NULL THEN %(now)s END,
       reason = 'edited', lease_until = NULL
  FROM enrollment n
 WHERE n.journey = %(journey)s AND n.version_id = ANY(%(versions)s) AND n.status = 'active' AND n.step = ANY(%(gone)s)
   AND m.enrollment_id = n.id AND m.entered_on = (n.entered_at AT TIME ZONE 'UTC')::date AND m.step = n.step
   AND m.status IN ('queued', 'claimed')
