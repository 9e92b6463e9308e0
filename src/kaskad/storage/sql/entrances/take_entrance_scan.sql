-- The entrance scan that is overdue longest. One that another worker has locked is skipped: each chunk is scanned once.
-- None while an import is open: half of the history says something else than all of it.
SELECT l.journey, l.since, l.due_at, l.at, l.after_customer, l.faults, l.imported_at
  FROM entrance_look l
 WHERE l.due_at <= %(now)s AND l.journey = coalesce(%(journey)s, l.journey)
   AND NOT EXISTS (SELECT FROM import_run r WHERE r.ended_at IS NULL)
 ORDER BY l.due_at, l.journey LIMIT 1 FOR UPDATE SKIP LOCKED
