-- How everybody who came within the time fares, counted; versions apart, because each has a goal of its own.
SELECT n.journey, n.version_id, n.admitted_at IS NOT NULL AS entered, n.status, n.reason, n.left_by, n.left_place,
       count(*) AS people
  FROM enrollment n
 WHERE n.mode = 'live' AND n.entered_at >= coalesce(%(since)s::timestamptz, '-infinity')
   AND n.entered_at < coalesce(%(until)s::timestamptz, 'infinity')
 GROUP BY n.journey, n.version_id, n.admitted_at IS NOT NULL, n.status, n.reason, n.left_by, n.left_place
