-- The number of messages that could be claimed now, by channel; counted only up to the limit.
SELECT c.channel, count(*) AS count
  FROM unnest(%(channels)s::text[]) AS c(channel)
 CROSS JOIN LATERAL (SELECT FROM message m
                      WHERE m.journey = %(journey)s AND m.channel = c.channel AND m.status = 'queued'
                        AND m.not_before <= %(now)s
                      ORDER BY m.not_before LIMIT %(most)s) AS queued
 GROUP BY c.channel ORDER BY c.channel
