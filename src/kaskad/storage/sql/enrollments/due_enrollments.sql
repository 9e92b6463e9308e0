-- All due enrollments of these customers, in all journeys that run, best first: so caps and priorities count across
-- journeys. Of two that are due at the same time the earlier one is first, in whatever order their events arrived.
SELECT n.id, n.uid, n.customer_id, n.journey, n.version_id, n.status, n.key, n.sender, n.purpose, n.mode, n.direct,
       n.priority, n.entry, n.entered_at, n.last_trigger_at, n.due_at, n.step, n.step_since, n.spoke_at, n.moved
  FROM unnest(%(customers)s::bigint[], %(ats)s::timestamptz[]) AS q(customer_id, at) JOIN enrollment n USING (customer_id)
  JOIN journey j ON j.name = n.journey AND NOT j.paused
 WHERE n.status IN ('candidate', 'active') AND n.due_at <= q.at
   AND n.id = coalesce(%(only)s, n.id)
 ORDER BY n.customer_id, n.priority DESC, n.due_at, n.entered_at, n.journey, n.key, n.id
