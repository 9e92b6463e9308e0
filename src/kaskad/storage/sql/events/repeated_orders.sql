-- Which of these events tell an order that was told before, by whatever source: the first one to arrive lets people in.
SELECT r.id
  FROM jsonb_to_recordset(%(rows)s) AS r(id bigint, customer_id bigint, order_id text)
 WHERE EXISTS (SELECT FROM event e
                WHERE e.properties->>'order_id' = r.order_id AND e.customer_id = r.customer_id
                  AND e.name = 'order_completed' AND e.id < r.id)
 ORDER BY r.id
