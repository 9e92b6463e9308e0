-- Everything these people have due, in every journey that runs, best first: so caps and priorities hold across journeys.
SELECT n.id, n.uid, n.customer_id, n.journey, n.version_id, n.status, n.key, n.sender, n.purpose, n.mode, n.direct,
       n.priority, n.entry, n.entered_at, n.last_trigger_at, n.due_at, n.step, n.step_since, n.spoke_at
  FROM enrollment n JOIN journey j ON j.name = n.journey AND NOT j.paused
 WHERE n.customer_id = ANY(%(customers)s) AND n.status IN ('candidate', 'active') AND n.due_at <= %(now)s
   AND n.id = coalesce(%(only)s, n.id)
 ORDER BY n.customer_id, n.priority DESC, n.due_at, n.id
