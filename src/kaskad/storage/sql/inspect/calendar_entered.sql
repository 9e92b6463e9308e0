-- The number of entries into each journey within a week: the estimate for entries by events to come.
SELECT journey, count(*) AS people FROM enrollment
 WHERE admitted_at >= %(since)s AND mode = 'live' GROUP BY journey
