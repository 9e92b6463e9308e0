SELECT enrollment_id, step, kind, reason, facts, at FROM decision
 WHERE enrollment_id = ANY(%(enrollments)s) ORDER BY enrollment_id, id
