-- The workers that held these are dead. Claimed messages were not sent, and no call task left the system; others that
-- were being sent become unknown: the enrollment is due, and waits as for silence. Customers first; locked ones come
-- next time.
WITH dead AS (
  SELECT m.id, m.entered_on FROM message m JOIN customer c ON c.id = m.customer_id
   WHERE m.status IN ('claimed', 'sending') AND m.lease_until < %(machine_now)s
   ORDER BY c.id, m.id FOR NO KEY UPDATE OF m, c SKIP LOCKED),
taken AS (
  UPDATE message m
     SET status = CASE WHEN m.status = 'claimed' OR m.channel = 'call' THEN 'queued' ELSE 'unknown' END::message_status,
         reason = NULL, lease_until = NULL,
         unknown_since = CASE WHEN m.status = 'sending' AND m.channel <> 'call' THEN coalesce(m.unknown_since, m.sending_at)
                              ELSE m.unknown_since END,
         settled_by = CASE WHEN m.status = 'sending' THEN NULL ELSE m.settled_by END,
         ask_at = CASE WHEN m.status = 'sending' AND m.channel <> 'call' THEN %(now)s END
    FROM dead WHERE m.id = dead.id AND m.entered_on = dead.entered_on
  RETURNING m.id, m.status, m.journey, m.channel, m.enrollment_id),
woken AS (
  UPDATE enrollment n SET due_at = least(n.due_at, %(now)s)
    FROM (SELECT DISTINCT enrollment_id FROM taken WHERE status = 'unknown') t
   WHERE n.id = t.enrollment_id AND n.status = 'active')
SELECT id, status, journey, channel FROM taken
