-- Entries that ended since somebody else had the same are live again, as many as one of each person, journey and key: the one
-- that would have stayed (see end_doubled_enrollments). What they were about to send is decided again.
WITH before AS MATERIALIZED (
  SELECT b.* FROM jsonb_populate_recordset(NULL::enrollment, %(enrollments)s) AS b),
ended AS MATERIALIZED (
  SELECT n.id, n.customer_id, n.journey, n.key, n.entered_at, b.status, b.reason, b.left_at, b.ended_at
    FROM before b JOIN enrollment n ON n.id = b.id
   WHERE n.status = 'left' AND n.reason = 'merged' AND n.ended_at = ANY(%(ats)s) AND n.customer_id = ANY(%(both)s)),
chosen AS (
  SELECT DISTINCT ON (e.customer_id, e.journey, e.key) e.*
    FROM ended e
   WHERE NOT EXISTS (SELECT FROM enrollment l
                      WHERE l.journey = e.journey AND l.customer_id = e.customer_id AND l.key = e.key
                        AND l.status IN ('candidate', 'active'))
   ORDER BY e.customer_id, e.journey, e.key,
            (SELECT count(*) FROM message m
              WHERE m.enrollment_id = e.id AND m.entered_on = (e.entered_at AT TIME ZONE 'UTC')::date
                AND (m.status IN ('sending', 'sent', 'unknown') OR m.unknown_since IS NOT NULL)) DESC,
            e.status = 'active' DESC, e.entered_at, e.id),
restored AS (
  UPDATE enrollment n
     SET status = c.status, reason = c.reason, left_at = c.left_at, ended_at = c.ended_at, due_at = %(now)s
    FROM chosen c
   WHERE n.id = c.id
  RETURNING n.id, n.entered_at)
UPDATE message m SET status = 'held'
  FROM restored r
 WHERE m.enrollment_id = r.id AND m.entered_on = (r.entered_at AT TIME ZONE 'UTC')::date
   AND m.status = 'dropped' AND m.reason = 'merged'
