-- Unknown outcomes that are due for a check, those that have waited longest first. A message is still wanted while its
-- customer is at its step, and nothing else was tried there since.
SELECT m.id, m.entered_on, m.fence, m.customer_id, m.channel, m.address, m.provider, m.attempt, m.unknown_since, m.sending_at, m.ask_at,
       coalesce(n.status = 'active' AND n.step = m.step AND m.expires_at > %(now)s, false) AND NOT EXISTS (
         SELECT FROM message later WHERE later.enrollment_id = m.enrollment_id AND later.entered_on = m.entered_on
            AND later.step = m.step AND later.decided_at > m.decided_at) AS wanted
  FROM message m LEFT JOIN enrollment n ON n.id = m.enrollment_id
 WHERE m.status = 'unknown' AND m.ask_at <= %(now)s AND (m.ask_at, m.id) > (%(after_at)s, %(after)s)
 ORDER BY m.ask_at, m.id LIMIT %(limit)s
