-- The quarantined enrollments with step, time and reason; the longest in quarantine first.
SELECT n.id, n.customer_id, n.journey, n.version_id, n.key, n.step, n.fault, n.faults,
       (SELECT i.value FROM identity i WHERE i.customer_id = n.customer_id
         ORDER BY i.kind <> 'user_id', i.kind, i.value LIMIT 1) AS customer,
       (SELECT max(d.at) FROM decision d WHERE d.enrollment_id = n.id AND d.kind = 'quarantined') AS since
  FROM enrollment n
 WHERE n.status = 'quarantined' AND n.journey = coalesce(%(journey)s, n.journey)
   AND (%(id)s::bigint IS NULL OR n.id = %(id)s)
 ORDER BY since, n.id
