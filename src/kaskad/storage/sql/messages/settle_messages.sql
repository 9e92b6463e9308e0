-- Stores the outcome, if the fence still matches; a late response can still resolve an unknown outcome. The enrollment
-- is due when the wait for a response ends, at once after a failure, and never later than before: an event during the
-- call may have woken it.
-- Returns the messages whose addresses do not work.
-- If a message may have been sent before, later tries that the provider did not accept settle nothing. `called` is
-- false if the provider was never called: that is no attempt. `by`: the source of the outcome, if it was not the call
-- itself. `coalesce` hides the status from the planner: taking it for rare, it compared every row with every outcome.
WITH settled AS (
  UPDATE message m
     SET status = CASE WHEN r.given_up AND m.unknown_since IS NOT NULL THEN 'unknown' ELSE r.status END::message_status,
         reason = r.reason, detail = r.detail, reference = coalesce(r.reference, m.reference),
         sent_at = CASE WHEN r.status = 'sent' THEN m.sending_at ELSE m.sent_at END,
         not_before = coalesce(r.not_before, m.not_before), lease_until = NULL,
         attempt = m.attempt - coalesce((NOT r.called)::int, 0),
         unknown_since = CASE WHEN r.status = 'unknown' THEN coalesce(m.unknown_since, m.sending_at)
                              WHEN r.status = 'queued' AND r.by IS NOT NULL THEN NULL
                              ELSE m.unknown_since END,
         settled_by = CASE WHEN r.status = 'unknown' OR r.given_up THEN NULL
                           WHEN r.by IS NOT NULL THEN r.by
                           WHEN r.status = 'queued' OR m.unknown_since IS NULL THEN m.settled_by
                           WHEN m.status = 'unknown' THEN 'answer'
                           ELSE coalesce(m.settled_by, 'key') END,
         ask_at = CASE WHEN r.status = 'unknown' OR (r.given_up AND m.unknown_since IS NOT NULL) THEN r.now END,
         key_until = CASE WHEN r.status = 'queued' AND r.by IS NULL THEN m.key_until END
    FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, entered_on date, fence int, status text, reason text, detail text, reference text,
                                           not_before timestamptz, address_dead boolean, address_key text, given_up boolean, called boolean,
                                           by text, now timestamptz)
   WHERE m.id = r.id AND m.entered_on = r.entered_on AND m.entered_on = ANY(%(on)s) AND m.fence = r.fence
     AND coalesce(m.status IN ('sending', 'unknown'), false)
  RETURNING m.id, m.enrollment_id, m.customer_id, m.channel, m.address, m.mode, m.provider, m.step, m.status, m.patience, m.sending_at,
            r.address_dead, r.address_key, r.now),
woken AS (
  UPDATE enrollment n
     SET due_at = least(n.due_at, CASE WHEN s.status = 'sent' THEN s.sending_at + s.patience ELSE s.now END)
    FROM settled s
   WHERE n.id = s.enrollment_id AND n.status = 'active' AND (n.step = s.step OR n.moved ? s.step) AND s.status <> 'queued')
SELECT s.customer_id, s.channel, s.address, s.address_key, s.mode, s.provider, s.now
  FROM settled s WHERE s.address_dead ORDER BY s.id
