-- The decisions about these enrollments, in order, with the enrollments' current rows.
SELECT d.id AS decision_id, d.at, d.step AS noted_at, d.kind, d.reason AS why, d.facts, d.seen, d.customer_id AS decided_for, n.*
  FROM decision d JOIN enrollment n ON n.id = d.enrollment_id
 WHERE d.enrollment_id = ANY(%(enrollments)s) AND d.at >= coalesce(%(since)s::timestamptz, '-infinity')
 ORDER BY d.enrollment_id, d.id
