-- Enrollments that these events may affect become due at the time of the event. A candidate waits for its quiet time:
-- nothing of it is sent before.
UPDATE enrollment n SET due_at = r.at
  FROM journey_version v, jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, name text, at timestamptz)
 WHERE n.customer_id = r.customer_id AND n.status = 'active' AND n.due_at > r.at
   AND v.id = n.version_id AND r.name = ANY(v.wakes_on)
