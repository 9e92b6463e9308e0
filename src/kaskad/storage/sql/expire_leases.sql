-- Whoever held these is gone. Nothing claimed was sent; of what was being sent nobody can tell.
UPDATE message SET status = CASE WHEN status = 'claimed' THEN 'queued' ELSE 'unknown' END::message_status,
                   reason = NULL, lease_until = NULL
 WHERE status IN ('claimed', 'sending') AND lease_until < %(machine_now)s
RETURNING id, status, journey, channel
