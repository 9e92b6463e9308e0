-- The customers at a step, next due first: their id in events, and the last decision and message of the step.
SELECT coalesce(i.value, n.customer_id::text) AS customer, n.version_id, n.entered_at, n.step_since, n.due_at,
       m.channel, m.status AS message, m.not_before, d.reason AS held, count(*) OVER () AS total
  FROM enrollment n
  LEFT JOIN LATERAL (SELECT value FROM identity WHERE customer_id = n.customer_id
                      ORDER BY kind <> 'user_id', kind, value LIMIT 1) i ON true
  LEFT JOIN LATERAL (SELECT channel, status, not_before, decided_at FROM message
                      WHERE enrollment_id = n.id AND step = n.step ORDER BY decided_at DESC, id LIMIT 1) m ON true
  LEFT JOIN LATERAL (SELECT reason, at FROM decision WHERE enrollment_id = n.id AND step = n.step AND kind = 'held'
                      ORDER BY id DESC LIMIT 1) d ON m.decided_at IS NULL OR d.at > m.decided_at
 WHERE n.journey = %(journey)s AND n.status = 'active' AND n.mode = 'live' AND n.step = %(step)s
 ORDER BY n.due_at, n.id LIMIT %(limit)s
