-- Stores the results of the calls, if the fence still matches: a response after the end of its lease still counts,
-- while no other call was made. A call that may have been accepted once never counts as refused by a later try.
-- Enrollments that wait for a settled call become due.
WITH told AS (
  UPDATE webhook_call w
     SET status = CASE WHEN r.status = 'failed' AND w.unknown_since IS NOT NULL THEN 'unknown'
                       ELSE r.status END::message_status,
         detail = r.detail, not_before = coalesce(r.not_before, w.not_before), lease_until = NULL,
         unknown_since = CASE WHEN r.doubtful THEN coalesce(w.unknown_since, w.sending_at) ELSE w.unknown_since END,
         settled_at = CASE WHEN r.status <> 'queued' THEN r.now END
    FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, fence int, status text, detail text, not_before timestamptz,
                                           doubtful boolean, now timestamptz)
   WHERE w.id = r.id AND w.fence = r.fence AND w.status IN ('sending', 'queued', 'unknown')
  RETURNING w.enrollment_id, w.step, w.settled_at)
UPDATE enrollment n SET due_at = least(n.due_at, t.settled_at)
  FROM told t
 WHERE n.id = t.enrollment_id AND n.status = 'active' AND (n.step = t.step OR n.moved ? t.step) AND t.settled_at IS NOT NULL
