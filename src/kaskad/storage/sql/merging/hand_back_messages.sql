-- What waits to be sent to these customers is decided again: as one person they have other caps, entries and exits. So is
-- what was held before. A message that may have been sent already stays unknown, as when it is held.
WITH waiting AS (
  UPDATE message m SET reason = 'merged', detail = NULL
    FROM enrollment n
   WHERE n.customer_id = ANY(%(both)s) AND n.status IN ('candidate', 'active')
     AND m.enrollment_id = n.id AND m.entered_on = (n.entered_at AT TIME ZONE 'UTC')::date AND m.status = 'held'),
held AS (
  UPDATE message m
     SET status = CASE WHEN m.unknown_since IS NULL OR m.settled_by IS NOT NULL THEN 'held' ELSE 'unknown' END::message_status,
         reason = 'merged', detail = NULL, lease_until = NULL,
         ask_at = CASE WHEN m.unknown_since IS NOT NULL AND m.settled_by IS NULL THEN %(now)s END
    FROM enrollment n
   WHERE n.customer_id = ANY(%(both)s) AND n.status IN ('candidate', 'active')
     AND m.enrollment_id = n.id AND m.entered_on = (n.entered_at AT TIME ZONE 'UTC')::date
     AND m.status IN ('queued', 'claimed')
  RETURNING m.enrollment_id, m.customer_id, m.journey, m.step, m.status)
INSERT INTO decision (enrollment_id, customer_id, journey, step, kind, reason, facts, at)
SELECT enrollment_id, customer_id, journey, step, 'held', 'merged', '{}', %(now)s FROM held WHERE status = 'held'
