-- Every message with unknown outcome, the oldest first, with how it was resolved if it was.
SELECT m.id, m.entered_on, m.fence, m.customer_id, m.journey, m.step, m.channel, m.provider, m.unknown_since AS since,
       m.attempt AS calls, m.detail, m.ask_at, m.settled_by,
       (SELECT i.value FROM identity i WHERE i.customer_id = m.customer_id
         ORDER BY i.kind <> 'user_id', i.kind, i.value LIMIT 1) AS customer,
       coalesce(n.status = 'active' AND n.step = m.step AND m.expires_at > %(now)s, false) AS wanted
  FROM message m LEFT JOIN enrollment n ON n.id = m.enrollment_id
 WHERE m.status = 'unknown' AND m.id = coalesce(%(id)s, m.id)
 ORDER BY m.unknown_since, m.id
