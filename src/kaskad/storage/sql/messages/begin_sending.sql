-- Committed before the call: from now on the message may have been sent, even if this worker crashes.
UPDATE message m
   SET status = 'sending', sending_at = r.now, sending_machine_at = clock_timestamp(), provider = r.provider,
       address = r.address, cost = r.cost, lease_until = %(machine_now)s + %(lease)s, attempt = m.attempt + 1
  FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, entered_on date, fence int, provider text, address text, cost numeric,
                                           now timestamptz)
 WHERE m.id = r.id AND m.entered_on = r.entered_on AND m.entered_on = ANY(%(on)s) AND m.fence = r.fence
   AND coalesce(m.status = 'claimed', false)
