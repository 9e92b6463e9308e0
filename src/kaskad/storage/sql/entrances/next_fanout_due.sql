-- When the next open fan-out of a journey that runs is due.
SELECT min(f.due_at) AS at FROM fanout f JOIN journey j ON j.name = f.journey AND NOT j.paused
 WHERE f.done_at IS NULL
