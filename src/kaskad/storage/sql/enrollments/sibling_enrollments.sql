-- Other enrollments of these customers at the same step of the journey, which may share one message.
SELECT x.id AS beside, n.id, n.uid, n.customer_id, n.journey, n.version_id, n.status, n.key, n.sender, n.purpose, n.mode, n.direct,
       n.priority, n.entry, n.entered_at, n.last_trigger_at, n.due_at, n.step, n.step_since, n.spoke_at, n.moved,
       x.version_id AS version_beside
  FROM enrollment x
  JOIN enrollment n ON n.customer_id = x.customer_id AND n.journey = x.journey AND n.step = x.step AND n.id <> x.id
   AND n.status = 'active' AND n.mode = x.mode AND n.sender = x.sender AND n.purpose = x.purpose
 WHERE x.id = ANY(%(ids)s)
 ORDER BY x.id, n.id
