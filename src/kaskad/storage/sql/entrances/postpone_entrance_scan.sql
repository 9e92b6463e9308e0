-- A scan failed: it is tried again later, after a longer pause each time; not if another worker has run it meanwhile.
-- Its instant stays as it is: an occurrence that is due is not lost. The owner of the journey gets an alert, once while
-- it is open.
WITH failed AS (
  UPDATE entrance_look l
     SET at = coalesce(l.at, %(at)s), faults = l.faults + 1, fault = %(fault)s,
         due_at = %(now)s + least(%(pause)s::interval * 2 ^ least(l.faults, 10), %(longest)s::interval)
   WHERE l.journey = %(journey)s AND l.faults = %(faults)s AND l.due_at = %(due_at)s AND l.after_customer = %(after)s
  RETURNING l.journey)
INSERT INTO alert AS a (kind, journey, reason, text, count, first_at, last_at, tell_at)
SELECT 'entrance', journey, 'look_failed', %(fault)s, 1, %(now)s, %(now)s, %(now)s FROM failed
    ON CONFLICT (kind, journey, reason) WHERE closed_at IS NULL
    DO UPDATE SET count = a.count + 1, last_at = excluded.last_at
