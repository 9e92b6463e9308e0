-- Committed before the call: from here on the other system may have been told, whatever happens to us.
UPDATE webhook_call w
   SET status = 'sending', fence = w.fence + 1, attempt = w.attempt + 1, sending_at = %(now)s,
       lease_until = clock_timestamp() + %(lease)s
 WHERE w.id = ANY(%(ids)s::uuid[])
