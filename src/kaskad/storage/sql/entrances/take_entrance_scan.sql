-- The look at an entrance that is due longest. One that somebody else is at is passed over: each chunk is looked at once.
SELECT l.journey, l.since, l.due_at, l.at, l.after_customer, l.faults
  FROM entrance_look l
 WHERE l.due_at <= %(now)s AND l.journey = coalesce(%(journey)s, l.journey)
 ORDER BY l.due_at, l.journey LIMIT 1 FOR UPDATE SKIP LOCKED
