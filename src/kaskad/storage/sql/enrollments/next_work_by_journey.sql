-- For each journey that runs: when its next enrollment is due, and when its next message can be sent. Nothing is
-- counted: each is the first entry of an index, however many rows follow.
SELECT j.name,
       (SELECT n.due_at FROM enrollment n WHERE n.journey = j.name AND n.status IN ('candidate', 'active')
         ORDER BY n.due_at LIMIT 1) AS due_at,
       (SELECT min(next.not_before)
          FROM unnest(%(channels)s::text[]) AS c(channel)
         CROSS JOIN LATERAL (SELECT m.not_before FROM message m
                              WHERE m.journey = j.name AND m.channel = c.channel AND m.status = 'queued'
                              ORDER BY m.not_before LIMIT 1) AS next) AS queued_at
  FROM journey j WHERE NOT j.paused ORDER BY j.name
