-- The (enrollment, step) pairs that should have got a message and never did, by the last decision on each.
SELECT journey, reason, count(*) AS pairs
  FROM (SELECT DISTINCT ON (d.enrollment_id, d.step) d.journey, d.reason
          FROM decision d JOIN enrollment n ON n.id = d.enrollment_id
         WHERE d.kind IN ('held', 'dropped') AND split_part(d.step, ':', 1) IN ('send', 'call') AND n.mode = 'live'
           AND n.entered_at >= coalesce(%(since)s::timestamptz, '-infinity')
           AND n.entered_at < coalesce(%(until)s::timestamptz, 'infinity')
           AND NOT EXISTS (SELECT FROM message m WHERE m.enrollment_id = d.enrollment_id AND m.step = d.step
                              AND m.status IN ('sending', 'sent', 'unknown'))
         ORDER BY d.enrollment_id, d.step, d.id DESC) AS last
 GROUP BY journey, reason ORDER BY journey, reason
