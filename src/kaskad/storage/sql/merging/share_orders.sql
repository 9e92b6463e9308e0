-- Who bought while both were taken for one person is not known: an order since then is one of each of them, so that neither
-- is written to about what was bought. It lets nobody in. Once both are one again, it counts once (see drop_shared_orders).
INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties, spoiled)
SELECT DISTINCT ON (e.id)
       e.message_id, %(merged)s, e.name, e.source, e.occurred_at, e.received_at, e.properties, e.spoiled
  FROM event e
  JOIN unnest(%(told_of)s::bigint[], %(last_events)s::bigint[]) AS s(customer_id, last_event)
    ON coalesce(e.origin, e.customer_id) = s.customer_id AND e.id > s.last_event
 WHERE e.customer_id = %(holder)s AND e.name = ANY(%(orders)s)
 ORDER BY e.id
