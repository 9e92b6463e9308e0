-- Queued messages: each is sent as soon as there is a slot, not before `not_before`.
SELECT m.journey, m.step, m.message, m.channel, date_trunc('minute', greatest(m.not_before, %(now)s)) AS at, count(*) AS people
  FROM message m JOIN journey j ON j.name = m.journey AND NOT j.paused
 WHERE m.status IN ('queued', 'claimed') AND m.mode = 'live' AND m.not_before < %(until)s
 GROUP BY 1, 2, 3, 4, 5
