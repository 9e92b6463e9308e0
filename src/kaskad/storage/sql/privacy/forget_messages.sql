-- Drops what is unsent, and empties where it went. What may have been sent stays unknown, and is asked about no more.
UPDATE message m
   SET status = CASE WHEN status NOT IN ('queued', 'claimed', 'held') THEN status
                     WHEN unknown_since IS NULL THEN 'dropped' ELSE 'unknown' END::message_status,
       reason = CASE WHEN status IN ('queued', 'claimed', 'held') THEN 'forgotten' ELSE reason END,
       fence = fence + 1, address = NULL, detail = NULL, reference = NULL, ask_at = NULL
 WHERE m.customer_id = ANY(%(customers)s)
