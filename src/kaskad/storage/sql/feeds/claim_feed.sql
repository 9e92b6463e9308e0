-- Takes the feed for one worker, until its lease ends: no other may read it before. No row: another worker has it.
INSERT INTO feed_state AS f (name, due_at, busy_until, fence)
VALUES (%(name)s, %(now)s, clock_timestamp() + %(lease)s, 1)
    ON CONFLICT (name) DO UPDATE SET busy_until = excluded.busy_until, fence = f.fence + 1
 WHERE f.busy_until IS NULL OR f.busy_until < clock_timestamp()
RETURNING name, fence, settings, etag, last_modified, full_after, told_at, read_at, failures, problem, detail, due_at
