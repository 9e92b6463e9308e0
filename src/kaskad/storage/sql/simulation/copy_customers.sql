-- The same customers with the same ids: who is held out depends on the id.
INSERT INTO customer (id, created_at) OVERRIDING SYSTEM VALUE
SELECT id, %(now)s FROM unnest(%(ids)s::bigint[]) AS c(id)
