-- The customer's enrollments, latest first.
SELECT n.*, count(*) OVER () AS total
  FROM enrollment n
 WHERE n.customer_id = %(customer)s AND (%(journey)s::text IS NULL OR n.journey = %(journey)s)
   AND (%(at)s::timestamptz IS NULL OR n.entered_at <= %(at)s)
 ORDER BY n.entered_at DESC, n.id DESC LIMIT %(limit)s
