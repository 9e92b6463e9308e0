-- The entries of these customers that count for reentry, in journeys with a limit: entries that sent a message, or have
-- a decided one that is not sent yet, or have sent nothing so far. What a merge handed back is decided anew: it is none.
-- An entry that ended without a message does not count. Of entries that were deleted long ago the last one is known. Each customer has a range of time: entries beyond
-- the reach of `again_after` are not read, however many there are.
WITH asked AS (
  SELECT a.customer_id, a.journey, coalesce(a.since, '-infinity') AS since, coalesce(a.until, 'infinity') AS until
    FROM unnest(%(of)s::bigint[], %(journey)s::text[], %(entered_from)s::timestamptz[], %(entered_to)s::timestamptz[])
         AS a(customer_id, journey, since, until))
SELECT n.customer_id, n.journey, n.id, n.key, n.entered_at, m.wrote, n.step, coalesce(m.together, '[]') AS together
  FROM asked a
  JOIN enrollment n ON n.customer_id = a.customer_id AND n.journey = a.journey
                   AND n.entered_at >= a.since AND n.entered_at <= a.until
 CROSS JOIN LATERAL (
       SELECT count(*) > 0 AS wrote, jsonb_agg(m.together) FILTER (WHERE m.together IS NOT NULL) AS together
         FROM message m
        WHERE m.enrollment_id = n.id AND m.entered_on = (n.entered_at AT TIME ZONE 'UTC')::date
          AND m.status IN ('queued', 'claimed', 'sending', 'held', 'sent', 'unknown')
          AND NOT (m.status = 'held' AND m.reason IS NOT DISTINCT FROM 'merged')) m
 WHERE n.mode = 'live' AND (m.wrote OR n.status = 'active')
 UNION ALL
SELECT p.customer_id, p.journey, 0, '', p.entered_at, true, NULL, '[]'
  FROM asked a JOIN past_entry p ON p.customer_id = a.customer_id AND p.journey = a.journey AND p.entered_at >= a.since
 ORDER BY 1, 2, 5, 4, 3
