-- The number of customers in these journeys by version and step; without a step they wait to enter.
SELECT journey, version_id, CASE WHEN status = 'active' THEN step END AS step, status = 'active' AS inside,
       count(*) AS people
  FROM enrollment
 WHERE journey = ANY(%(journeys)s) AND status IN ('candidate', 'active')
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4, 3
