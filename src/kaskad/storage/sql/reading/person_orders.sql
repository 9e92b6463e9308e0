-- The last orders, each once, whichever sources told it, with the last word about it: delivered, cancelled …
WITH latest AS MATERIALIZED (
  SELECT * FROM (
    SELECT DISTINCT ON (coalesce(nullif(e.properties->>'order_id', ''), e.message_id))
           e.id, e.properties, e.source, e.occurred_at, e.spoiled
      FROM event e
     WHERE e.customer_id = ANY(%(members)s) AND e.name = 'order_completed' AND e.occurred_at <= %(at)s
     ORDER BY coalesce(nullif(e.properties->>'order_id', ''), e.message_id), e.occurred_at, e.message_id, e.id) o
   ORDER BY o.occurred_at DESC, o.id DESC LIMIT %(limit)s)
SELECT l.properties, l.source, l.occurred_at, l.spoiled, s.name, s.properties->>'status' AS status
  FROM latest l
  LEFT JOIN LATERAL (
       SELECT x.name, x.properties FROM event x
        WHERE x.customer_id = ANY(%(members)s) AND x.name = ANY(%(names)s) AND x.occurred_at <= %(at)s
          AND x.properties->>'order_id' = l.properties->>'order_id' AND l.properties->>'order_id' <> ''
        ORDER BY x.occurred_at DESC, x.id DESC LIMIT 1) s ON true
 ORDER BY l.occurred_at DESC, l.id DESC
