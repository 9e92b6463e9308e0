-- What providers tell afterwards, one row a message. Any word of life heals an unknown; the enrollment hears of it.
-- A receipt may overtake the answer to the call: then it settles the message, and the answer finds nothing to settle.
WITH told AS (
  UPDATE message m
     SET status = CASE WHEN r.failed AND m.status IN ('sending', 'sent', 'unknown') THEN 'failed'::message_status
                       WHEN NOT r.failed AND m.status IN ('sending', 'unknown') THEN 'sent'::message_status ELSE m.status END,
         sent_at = CASE WHEN NOT r.failed AND m.status IN ('sending', 'unknown') THEN m.sending_at ELSE m.sent_at END,
         reason = CASE WHEN r.failed THEN 'provider_refused' ELSE m.reason END,
         detail = coalesce(nullif(r.detail, ''), m.detail),
         delivered_at = least(m.delivered_at, r.delivered_at),
         opened_at = least(m.opened_at, r.opened_at),
         clicked_at = least(m.clicked_at, r.clicked_at)
    FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, failed boolean, delivered_at timestamptz, opened_at timestamptz,
                                           clicked_at timestamptz, address_dead boolean, detail text)
   WHERE m.id = r.id
  RETURNING m.enrollment_id, m.customer_id, m.channel, m.address, r.address_dead),
dead AS (
  UPDATE contact k SET state = 'dead' FROM told t
   WHERE t.address_dead AND k.customer_id = t.customer_id AND k.channel = t.channel AND k.address = t.address)
UPDATE enrollment n SET due_at = least(n.due_at, %(now)s)
  FROM (SELECT DISTINCT enrollment_id FROM told) t WHERE n.id = t.enrollment_id AND n.status = 'active'
