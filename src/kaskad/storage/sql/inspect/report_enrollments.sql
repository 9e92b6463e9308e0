-- Counts the results of enrollments that entered within the time; by version, because each has its own goal.
SELECT n.journey, n.version_id, n.admitted_at IS NOT NULL AS entered, n.status, n.reason, n.left_by, n.left_place,
       count(*) AS people
  FROM enrollment n
 WHERE n.mode = 'live' AND n.entered_at >= coalesce(%(since)s::timestamptz, '-infinity')
   AND n.entered_at < coalesce(%(until)s::timestamptz, 'infinity')
 GROUP BY n.journey, n.version_id, n.admitted_at IS NOT NULL, n.status, n.reason, n.left_by, n.left_place
