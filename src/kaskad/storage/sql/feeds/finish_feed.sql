-- What came of a reading that ended well, and when the next one is due. The worker must still have the feed.
UPDATE feed_state
   SET busy_until = NULL, due_at = %(due_at)s, read_at = %(now)s, failures = 0, problem = NULL, detail = NULL,
       settings = coalesce(%(settings)s, settings), etag = CASE WHEN %(same)s THEN etag ELSE %(etag)s END,
       last_modified = CASE WHEN %(same)s THEN last_modified ELSE %(last_modified)s END,
       full_after = CASE WHEN %(same)s THEN full_after ELSE %(full_after)s END,
       told_at = coalesce(%(told_at)s, told_at), result = CASE WHEN %(same)s THEN result ELSE %(result)s END
 WHERE name = %(name)s AND fence = %(fence)s
