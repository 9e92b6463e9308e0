-- Delivery never defers: a message that cannot be sent now is handed back, and the decision is made again. A message
-- that may have been sent is never dropped: it stays unknown, and is checked later if it is not settled by then.
WITH held AS (
  UPDATE message m
     SET status = CASE WHEN m.unknown_since IS NULL OR (m.settled_by IS NOT NULL AND r.status = 'held') THEN r.status
                       ELSE 'unknown' END::message_status,
         reason = r.reason, detail = r.detail, lease_until = NULL,
         ask_at = CASE WHEN m.unknown_since IS NOT NULL AND m.settled_by IS NULL
                       THEN r.now + least(greatest(r.now - m.unknown_since, '1 min'), '1 hour') END
    FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, entered_on date, fence int, status text, reason text, detail text, due_at timestamptz,
                                           now timestamptz)
   WHERE m.id = r.id AND m.entered_on = r.entered_on AND m.entered_on = ANY(%(on)s) AND m.fence = r.fence
     AND coalesce(m.status = 'claimed', false)
  RETURNING m.enrollment_id, m.customer_id, m.journey, m.step, m.status, m.reason, m.detail, r.due_at, r.now),
noted AS (
  INSERT INTO decision (enrollment_id, customer_id, journey, step, kind, reason, facts, at)
  SELECT enrollment_id, customer_id, journey, step, CASE WHEN status = 'dropped' THEN 'dropped' ELSE 'held' END, reason,
         jsonb_strip_nulls(jsonb_build_object('detail', detail)), now FROM held)
UPDATE enrollment n SET due_at = held.due_at FROM held WHERE n.id = held.enrollment_id AND n.status = 'active'
