-- Alerts to send to their owners now; taking one postpones its next try, so that no other worker sends it too.
UPDATE alert a SET tries = a.tries + 1, tell_at = %(now)s + %(pause)s::interval * 4 ^ a.tries
  FROM (SELECT id FROM alert WHERE tell_at <= %(now)s ORDER BY tell_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS due
 WHERE a.id = due.id
RETURNING a.id, a.kind, a.journey, a.reason, a.text, a.count, a.tries, a.first_at,
          (SELECT v.id FROM journey j JOIN journey_version v ON v.id = j.version_id WHERE j.name = a.journey) AS version_id
