-- Entries that ended since the other one had the same are live again, unless there is a later one under the same key.
-- What they were about to send is decided again.
WITH before AS MATERIALIZED (
  SELECT b.* FROM jsonb_populate_recordset(NULL::enrollment, %(enrollments)s) AS b),
restored AS (
  UPDATE enrollment n
     SET status = b.status, reason = b.reason, left_at = b.left_at, ended_at = b.ended_at, due_at = %(now)s
    FROM before b
   WHERE n.id = b.id AND n.status = 'left' AND n.reason = 'merged' AND n.ended_at = %(at)s
     AND NOT EXISTS (SELECT FROM enrollment l
                      WHERE l.journey = n.journey AND l.customer_id = n.customer_id AND l.key = n.key
                        AND l.status IN ('candidate', 'active'))
  RETURNING n.id, n.entered_at),
triggered AS (
  UPDATE enrollment n SET last_trigger_at = b.last_trigger_at
    FROM before b WHERE n.id = b.id AND n.status = 'candidate' AND b.status = 'candidate')
UPDATE message m SET status = 'held'
  FROM restored r
 WHERE m.enrollment_id = r.id AND m.entered_on = (r.entered_at AT TIME ZONE 'UTC')::date
   AND m.status = 'dropped' AND m.reason = 'merged'
