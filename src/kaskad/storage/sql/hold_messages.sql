-- Deliver never defers: what cannot go now is handed back, and advance decides again.
WITH held AS (
  UPDATE message m SET status = r.status::message_status, reason = r.reason, detail = r.detail, lease_until = NULL
    FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, fence int, status text, reason text, detail text, due_at timestamptz)
   WHERE m.id = r.id AND m.fence = r.fence AND m.status = 'claimed'
  RETURNING m.enrollment_id, m.customer_id, m.journey, m.step, m.status, m.reason, m.detail, r.due_at),
noted AS (
  INSERT INTO decision (enrollment_id, customer_id, journey, step, kind, reason, facts, at)
  SELECT enrollment_id, customer_id, journey, step, CASE WHEN status = 'dropped' THEN 'dropped' ELSE 'held' END, reason,
         jsonb_strip_nulls(jsonb_build_object('detail', detail)), %(now)s FROM held)
UPDATE enrollment n SET due_at = held.due_at FROM held WHERE n.id = held.enrollment_id AND n.status = 'active'
