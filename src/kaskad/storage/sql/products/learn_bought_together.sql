-- Counts the orders that stand since then again: for each product the 20 others that were most often in the same order.
-- An order of more than 50 items is left out: it is probably wholesale, and shows little about related products.
INSERT INTO bought_together (product_id, other_id, orders)
WITH basket AS (
  SELECT DISTINCT e.id, i.item->>'product_id' AS product_id
    FROM (SELECT DISTINCT b.customer_id FROM event b
           WHERE b.name = 'order_completed' AND b.occurred_at > %(since)s AND b.occurred_at <= %(now)s) c
   CROSS JOIN LATERAL standing_orders(c.customer_id, %(now)s) e
   CROSS JOIN LATERAL jsonb_array_elements(
         CASE jsonb_typeof(e.properties->'products') WHEN 'array' THEN e.properties->'products' ELSE '[]' END) AS i(item)
   WHERE e.occurred_at > %(since)s
     AND CASE jsonb_typeof(e.properties->'products') WHEN 'array' THEN jsonb_array_length(e.properties->'products') ELSE 0 END <= 50
     AND i.item->>'product_id' <> ''),
pair AS (
  SELECT a.product_id, b.product_id AS other_id, count(*) AS orders,
         row_number() OVER (PARTITION BY a.product_id ORDER BY count(*) DESC, b.product_id) AS place
    FROM basket a JOIN basket b USING (id) GROUP BY a.product_id, b.product_id)
SELECT product_id, other_id, orders FROM pair WHERE place <= 21 OR product_id = other_id
