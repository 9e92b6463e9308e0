-- The oldest of what is remembered of events that came; an event sent again later than that counts as new.
DELETE FROM event_seen s
 USING (SELECT source, message_id FROM event_seen WHERE seen_at < %(before)s ORDER BY seen_at LIMIT %(limit)s) AS old
 WHERE s.source = old.source AND s.message_id = old.message_id
