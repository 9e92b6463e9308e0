-- When each customer last entered each journey with an entry that sent something; also where nothing else is left of it.
SELECT sent.customer_id, sent.journey, max(sent.entered_at) AS entered_at
  FROM (SELECT n.customer_id, n.journey, n.entered_at
          FROM enrollment n
         WHERE n.customer_id = ANY(%(customers)s) AND n.mode = 'live'
           AND EXISTS (SELECT FROM message m WHERE m.enrollment_id = n.id
                          AND m.entered_on = (n.entered_at AT TIME ZONE 'UTC')::date
                          AND m.status IN ('queued', 'claimed', 'sending', 'sent', 'unknown'))
         UNION ALL
        SELECT p.customer_id, p.journey, p.entered_at FROM past_entry p WHERE p.customer_id = ANY(%(customers)s)) AS sent
 GROUP BY sent.customer_id, sent.journey
