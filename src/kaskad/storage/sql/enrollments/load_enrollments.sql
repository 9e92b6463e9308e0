-- Second statement of the pre-send check, with its own snapshot: the current state of the enrollments.
SELECT n.id, n.uid, n.customer_id, n.journey, n.version_id, n.status, n.key, n.sender, n.purpose, n.mode, n.direct,
       n.priority, n.entry, n.entered_at, n.last_trigger_at, n.due_at, n.step, n.step_since, n.spoke_at, n.moved
  FROM enrollment n WHERE n.id = ANY(%(enrollments)s)
