-- The entries of these customers that take a turn in journeys where somebody may not come again at any time: those that
-- wrote, or have something unsent that is decided, and those that are on their way to that. What ended without a word
-- takes nobody's turn. Of what was let go long ago the last one is known.
SELECT n.customer_id, n.journey, n.id, n.key, n.entered_at, m.wrote, n.step, coalesce(m.together, '[]') AS together
  FROM enrollment n
 CROSS JOIN LATERAL (
       SELECT count(*) > 0 AS wrote, jsonb_agg(m.together) FILTER (WHERE m.together IS NOT NULL) AS together
         FROM message m
        WHERE m.enrollment_id = n.id AND m.entered_on = (n.entered_at AT TIME ZONE 'UTC')::date
          AND m.status IN ('queued', 'claimed', 'sending', 'held', 'sent', 'unknown')) m
 WHERE n.customer_id = ANY(%(customers)s) AND n.journey = ANY(%(journeys)s) AND n.mode = 'live'
   AND (m.wrote OR n.status = 'active')
 UNION ALL
SELECT p.customer_id, p.journey, 0, '', p.entered_at, true, NULL, '[]'
  FROM past_entry p WHERE p.customer_id = ANY(%(customers)s) AND p.journey = ANY(%(journeys)s)
 ORDER BY 1, 2, 5, 4, 3
