-- When each customer last entered each journey with an entry that sent something.
SELECT n.customer_id, n.journey, max(n.entered_at) AS entered_at
  FROM enrollment n
 WHERE n.customer_id = ANY(%(customers)s) AND n.mode = 'live'
   AND EXISTS (SELECT FROM message m WHERE m.enrollment_id = n.id
                  AND m.status IN ('queued', 'claimed', 'sending', 'sent', 'unknown'))
 GROUP BY n.customer_id, n.journey
