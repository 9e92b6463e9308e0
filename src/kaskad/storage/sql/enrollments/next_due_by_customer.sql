-- When something of each customer falls due next, and whether anybody of them stands inside; of these people, or of all.
SELECT n.customer_id, min(n.due_at) AS at, bool_or(n.status = 'active') AS inside
  FROM enrollment n JOIN journey j ON j.name = n.journey AND NOT j.paused
 WHERE n.status IN ('candidate', 'active')
   AND (%(customers)s::bigint[] IS NULL OR n.customer_id = ANY(%(customers)s::bigint[]))
 GROUP BY n.customer_id
