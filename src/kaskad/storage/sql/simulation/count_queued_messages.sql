-- What is queued, in an order that every run of the same simulation repeats.
SELECT journey, channel, count(*) AS messages FROM message WHERE status = 'queued'
 GROUP BY journey, channel ORDER BY journey, channel
