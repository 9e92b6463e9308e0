-- Stores receipts, one row per message. Any sign of delivery resolves an unknown outcome, also of a message that waits
-- to be sent again; the enrollment becomes due. `stopped`: the customer opted out by it. Returns the messages
-- whose addresses do not work.
-- A receipt may come before the response to the call: then it settles the message, and the response finds nothing to
-- do.
WITH told AS (
  UPDATE message m
     SET status = CASE WHEN m.status IN ('sending', 'sent', 'unknown')
                            OR (m.status IN ('queued', 'claimed', 'held') AND m.unknown_since IS NOT NULL)
                       THEN CASE WHEN r.failed THEN 'failed' ELSE 'sent' END::message_status ELSE m.status END,
         sent_at = CASE WHEN r.failed THEN m.sent_at ELSE coalesce(m.sent_at, m.sending_at) END,
         settled_by = CASE WHEN m.status NOT IN ('sent', 'failed') AND m.unknown_since IS NOT NULL
                           THEN 'receipt' ELSE m.settled_by END,
         ask_at = NULL,
         reason = CASE WHEN r.failed THEN 'provider_refused' ELSE m.reason END,
         detail = coalesce(nullif(r.detail, ''), m.detail),
         delivered_at = least(m.delivered_at, r.delivered_at),
         opened_at = least(m.opened_at, r.opened_at),
         clicked_at = least(m.clicked_at, r.clicked_at),
         stopped = coalesce(r.stopped, m.stopped)
    FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, entered_on date, failed boolean, delivered_at timestamptz, opened_at timestamptz,
                                           clicked_at timestamptz, address_dead boolean, address_key text, detail text,
                                           stopped text, now timestamptz)
   WHERE m.id = r.id AND m.entered_on = r.entered_on AND m.entered_on = ANY(%(on)s)
  RETURNING m.id, m.enrollment_id, m.customer_id, m.channel, m.address, m.mode, m.provider, r.address_dead, r.address_key, r.now),
woken AS (
  UPDATE enrollment n SET due_at = least(n.due_at, t.now)
    FROM (SELECT enrollment_id, min(now) AS now FROM told GROUP BY enrollment_id) t
   WHERE n.id = t.enrollment_id AND n.status = 'active')
SELECT t.customer_id, t.channel, t.address, t.address_key, t.mode, t.provider, t.now
  FROM told t WHERE t.address_dead ORDER BY t.id
