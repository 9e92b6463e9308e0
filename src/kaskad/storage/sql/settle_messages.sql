-- The outcome, where the fence still holds; a late answer may still turn an unknown into what it was. The enrollment
-- is due when its silence has lasted long enough, at once after a failure, and never later than it was: what happened
-- during the call may have woken it.
-- `coalesce` hides the status from the planner: taking it for rare, it compared every row with every outcome.
WITH settled AS (
  UPDATE message m
     SET status = r.status::message_status, reason = r.reason, detail = r.detail, reference = coalesce(r.reference, m.reference),
         sent_at = CASE WHEN r.status = 'sent' THEN m.sending_at ELSE m.sent_at END,
         not_before = coalesce(r.not_before, m.not_before), lease_until = NULL
    FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, fence int, status text, reason text, detail text, reference text,
                                           not_before timestamptz, address_dead boolean)
   WHERE m.id = r.id AND m.fence = r.fence AND coalesce(m.status IN ('sending', 'unknown'), false)
  RETURNING m.id, m.enrollment_id, m.customer_id, m.channel, m.address, m.step, m.status, m.patience, m.sending_at,
            r.address_dead),
dead AS (
  UPDATE contact k SET state = 'dead' FROM settled s
   WHERE s.address_dead AND k.customer_id = s.customer_id AND k.channel = s.channel AND k.address = s.address)
UPDATE enrollment n
   SET due_at = least(n.due_at, CASE WHEN s.status = 'sent' THEN s.sending_at + s.patience ELSE %(now)s END)
  FROM settled s
 WHERE n.id = s.enrollment_id AND n.status = 'active' AND n.step = s.step AND s.status <> 'queued'
