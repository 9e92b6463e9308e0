-- When the next call to another system is due; at once if the worker of a call is dead.
SELECT least((SELECT min(w.not_before) FROM webhook_call w JOIN journey j ON j.name = w.journey AND NOT j.paused
               WHERE w.status = 'queued'),
             (SELECT %(now)s::timestamptz FROM webhook_call w
               WHERE w.status = 'sending' AND w.lease_until < clock_timestamp() LIMIT 1)) AS at
