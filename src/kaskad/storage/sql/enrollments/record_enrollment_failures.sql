-- Counts one more failure of each of these enrollments, at their current step: they are tried again later, or else
-- quarantined; in that case the owner of the journey gets an alert, once while it is open.
WITH counted AS (
  UPDATE enrollment n
     SET faults = n.faults + 1, fault = r.detail, due_at = %(now)s + %(pause)s::interval * 4 ^ n.faults,
         status = CASE WHEN n.faults + 1 >= %(most)s THEN 'quarantined' ELSE n.status END::enrollment_status
    FROM jsonb_to_recordset(%(rows)s) AS r(enrollment bigint, reason text, detail text)
   WHERE n.id = r.enrollment AND n.status IN ('candidate', 'active')
  RETURNING n.id, n.customer_id, n.journey, n.step, n.status, r.reason, r.detail),
noted AS (
  INSERT INTO decision (enrollment_id, customer_id, journey, step, kind, reason, facts, at)
  SELECT id, customer_id, journey, step, 'quarantined', reason, jsonb_build_object('detail', detail), %(now)s
    FROM counted WHERE status = 'quarantined')
INSERT INTO alert AS a (kind, journey, reason, text, count, first_at, last_at, tell_at)
SELECT 'quarantine', journey, reason, min(detail), count(*), %(now)s, %(now)s, %(now)s
  FROM counted WHERE status = 'quarantined' GROUP BY journey, reason ORDER BY journey, reason
    ON CONFLICT (kind, journey, reason) WHERE closed_at IS NULL
    DO UPDATE SET count = a.count + excluded.count, last_at = excluded.last_at
