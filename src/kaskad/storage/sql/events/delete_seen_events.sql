-- Deletes the oldest records of received events; an event that is sent again later counts as new.
DELETE FROM event_seen s
 USING (SELECT source, message_id FROM event_seen WHERE seen_at < %(before)s ORDER BY seen_at LIMIT %(limit)s) AS old
 WHERE s.source = old.source AND s.message_id = old.message_id
