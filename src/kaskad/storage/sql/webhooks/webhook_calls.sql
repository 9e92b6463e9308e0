-- The calls of these enrollments' webhook steps, with their results.
SELECT enrollment_id, step, webhook, status, unknown_since IS NOT NULL AS doubted, settled_at IS NOT NULL AS settled,
       coalesce(settled_at, decided_at) AS at, coalesce(detail, '') AS detail
  FROM webhook_call WHERE enrollment_id = ANY(%(enrollments)s) ORDER BY enrollment_id, decided_at, id
