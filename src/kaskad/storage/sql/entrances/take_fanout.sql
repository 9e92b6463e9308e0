-- The fan-out that is due longest, of the journeys that run; one that another worker has is skipped, not waited for.
SELECT f.* FROM fanout f JOIN journey j ON j.name = f.journey AND NOT j.paused
 WHERE f.done_at IS NULL AND f.due_at <= %(now)s
 ORDER BY f.due_at, f.id LIMIT 1 FOR UPDATE OF f SKIP LOCKED
