-- How many customers are at each step of a journey, in whichever version.
SELECT step, count(*) AS people FROM enrollment
 WHERE journey = %(journey)s AND status = 'active' AND step IS NOT NULL GROUP BY step
