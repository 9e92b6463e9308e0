-- How many came into each journey within a week: what may come by events is told by what came.
SELECT journey, count(*) AS people FROM enrollment
 WHERE admitted_at >= %(since)s AND mode = 'live' GROUP BY journey
