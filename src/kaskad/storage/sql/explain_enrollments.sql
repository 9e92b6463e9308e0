-- The customer's enrollments, latest first.
SELECT n.id, n.journey, n.version_id, n.status, n.mode, n.direct, n.entered_at, n.due_at, n.step, n.reason,
       n.left_by, n.left_place, n.left_at, n.ended_at, count(*) OVER () AS total
  FROM enrollment n
 WHERE n.customer_id = %(customer)s AND (%(journey)s::text IS NULL OR n.journey = %(journey)s)
 ORDER BY n.entered_at DESC, n.id DESC LIMIT %(limit)s
