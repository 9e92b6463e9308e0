-- The next action for messages whose outcome the providers cannot report. Their enrollments become due if the message
-- is decided again, or if the provider is not asked any more.
WITH moved AS (
  UPDATE message m
     SET status = r.status::message_status, settled_by = r.settled_by, ask_at = r.ask_at, key_until = r.key_until,
         not_before = coalesce(r.not_before, m.not_before)
    FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, entered_on date, fence int, status text, settled_by text,
                                           ask_at timestamptz, key_until timestamptz, not_before timestamptz)
   WHERE m.id = r.id AND m.entered_on = r.entered_on AND m.fence = r.fence AND m.status = 'unknown'
  RETURNING m.enrollment_id, m.settled_by)
UPDATE enrollment n SET due_at = least(n.due_at, %(now)s)
  FROM (SELECT DISTINCT enrollment_id FROM moved WHERE settled_by IS NOT NULL) t
 WHERE n.id = t.enrollment_id AND n.status = 'active'
