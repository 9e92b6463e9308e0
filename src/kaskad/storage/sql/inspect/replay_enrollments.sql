-- The next enrollments with decisions: of one customer, of one journey, since then; or of all.
SELECT n.id FROM enrollment n
 WHERE n.id > %(after)s
   AND (%(customer)s::bigint IS NULL OR n.customer_id = %(customer)s)
   AND (%(journey)s::text IS NULL OR n.journey = %(journey)s)
   AND EXISTS (SELECT FROM decision d WHERE d.enrollment_id = n.id
                  AND d.at >= coalesce(%(since)s::timestamptz, '-infinity'))
 ORDER BY n.id LIMIT %(limit)s
