-- What was sent to those who came within the time. An attempt fell through when another rung was decided on after it;
-- `steps` counts each (enrollment, step) that went once, whatever it took.
WITH attempt AS (
  SELECT m.journey, m.channel, m.status, m.cost,
         m.sending_at IS NOT NULL AND lead(m.id) OVER decided IS NOT NULL AS fell,
         m.status = 'sent' AND row_number() OVER sent_first = 1 AS step
    FROM message m JOIN enrollment n ON n.id = m.enrollment_id
   WHERE m.mode = 'live' AND n.entered_at >= coalesce(%(since)s::timestamptz, '-infinity')
     AND n.entered_at < coalesce(%(until)s::timestamptz, 'infinity')
  WINDOW decided AS (PARTITION BY m.enrollment_id, m.step ORDER BY m.decided_at, m.id),
         sent_first AS (PARTITION BY m.enrollment_id, m.step ORDER BY m.status <> 'sent', m.decided_at, m.id))
SELECT journey, channel,
       count(*) FILTER (WHERE status = 'sent') AS sent,
       count(*) FILTER (WHERE status = 'unknown') AS unknown,
       count(*) FILTER (WHERE fell) AS fell,
       count(*) FILTER (WHERE step) AS steps,
       coalesce(sum(cost) FILTER (WHERE status IN ('sent', 'unknown')), 0) AS cost
  FROM attempt GROUP BY journey, channel ORDER BY journey, channel
