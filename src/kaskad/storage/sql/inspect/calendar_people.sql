-- Enrollments of journeys that run, in groups with the same future: step, hours, zone, reachable channels.
SELECT n.version_id, n.status, n.step, n.purpose, c.time_zone, n.due_at, n.entered_at, n.step_since, n.spoke_at, n.reached,
       n.tried, n.under_way, n.direct, count(*) AS people
  FROM (SELECT e.version_id, e.status, e.step, e.purpose, e.customer_id, e.direct,
               date_trunc('minute', greatest(e.due_at, %(now)s)) AS due_at,
               date_trunc(CASE e.status WHEN 'candidate' THEN 'minute' ELSE 'hour' END, e.entered_at) AS entered_at,
               date_trunc('hour', e.step_since) AS step_since, date_trunc('hour', e.spoke_at) AS spoke_at,
               (SELECT array_agg(k.channel ORDER BY k.channel)
                  FROM contact k LEFT JOIN address a ON a.channel = k.channel AND a.key = k.address_key
                 WHERE k.customer_id = e.customer_id AND k.state = 'active' AND k.address_key IS NOT NULL
                   AND NOT EXISTS (SELECT FROM suppression s
                                    WHERE s.channel = k.channel AND s.address IN (a.hash, k.address_key)
                                      AND s.journey IN ('', e.journey))
                   AND (e.purpose <> 'marketing' OR (
                     SELECT s.granted AND (s.expires_at IS NULL OR s.expires_at > %(now)s) FROM consent s
                      WHERE s.customer_id = k.customer_id AND s.purpose = 'marketing' AND s.topic IS NULL
                        AND (s.channel IS NULL OR s.channel = k.channel)
                        AND s.sender IS NULL AND (s.granted OR s.expires_at IS NULL)
                      ORDER BY s.at DESC, s.granted, s.id LIMIT 1))) AS reached,
               tried.channels AS tried, coalesce(tried.under_way, false) AS under_way
          FROM enrollment e
          LEFT JOIN LATERAL (
            SELECT array_agg(DISTINCT m.channel ORDER BY m.channel) AS channels,
                   bool_or(m.status IN ('queued', 'claimed', 'sending')) AS under_way
              FROM message m
             WHERE m.enrollment_id = e.id AND m.step = e.step AND m.status NOT IN ('held', 'dropped')) tried ON true
         WHERE e.status IN ('candidate', 'active') AND e.mode = 'live' AND e.due_at < %(until)s) n
  JOIN customer c ON c.id = n.customer_id
  JOIN journey_version v ON v.id = n.version_id
  JOIN journey j ON j.name = v.journey AND NOT j.paused
 GROUP BY n.version_id, n.status, n.step, n.purpose, c.time_zone, n.due_at, n.entered_at, n.step_since, n.spoke_at,
          n.reached, n.tried, n.under_way, n.direct
