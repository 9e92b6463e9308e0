-- Only when it is 10 s old: one hot row would make all writers queue.
INSERT INTO source AS s (name, last_heard) VALUES (%(name)s, %(now)s)
    ON CONFLICT (name) DO UPDATE SET last_heard = excluded.last_heard
