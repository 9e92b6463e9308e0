-- Other systems are told nothing more about the person.
UPDATE webhook_call w
   SET status = CASE WHEN status NOT IN ('queued', 'held') THEN status
                     WHEN unknown_since IS NULL THEN 'dropped' ELSE 'unknown' END::message_status,
       detail = NULL, fence = fence + 1
 WHERE w.customer_id = ANY(%(customers)s)
