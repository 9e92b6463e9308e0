-- Committed before the call: from now on the other system may have got it, even if this worker crashes.
UPDATE webhook_call w
   SET status = 'sending', fence = w.fence + 1, attempt = w.attempt + 1, sending_at = %(now)s,
       lease_until = clock_timestamp() + %(lease)s
 WHERE w.id = ANY(%(ids)s::uuid[])
