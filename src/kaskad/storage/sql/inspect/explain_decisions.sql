SELECT enrollment_id, customer_id AS decided_for, step, kind, reason, facts, seen, at FROM decision
 WHERE enrollment_id = ANY(%(enrollments)s) AND at <= coalesce(%(until)s::timestamptz, 'infinity') ORDER BY enrollment_id, id
