-- When each customer is due next, and whether they are inside a journey; for these customers, or for all.
SELECT n.customer_id, min(n.due_at) AS at, bool_or(n.status = 'active') AS inside
  FROM enrollment n JOIN journey j ON j.name = n.journey AND NOT j.paused
 WHERE n.status IN ('candidate', 'active')
   AND (%(customers)s::bigint[] IS NULL OR n.customer_id = ANY(%(customers)s::bigint[]))
 GROUP BY n.customer_id
