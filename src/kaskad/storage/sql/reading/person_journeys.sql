-- The journeys that the person is in, or waits to enter.
SELECT n.journey, n.version_id, n.status, n.step, n.step_since, n.entered_at, n.due_at
  FROM enrollment n
 WHERE n.customer_id = ANY(%(members)s) AND n.status IN ('candidate', 'active') AND n.mode = 'live'
 ORDER BY n.entered_at DESC, n.journey, n.key, n.id
