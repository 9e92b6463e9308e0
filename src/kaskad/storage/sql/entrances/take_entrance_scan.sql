-- The entrance scan that is overdue longest. One that another worker has locked is skipped: each chunk is scanned once.
SELECT l.journey, l.since, l.due_at, l.at, l.after_customer, l.faults
  FROM entrance_look l
 WHERE l.due_at <= %(now)s AND l.journey = coalesce(%(journey)s, l.journey)
 ORDER BY l.due_at, l.journey LIMIT 1 FOR UPDATE SKIP LOCKED
