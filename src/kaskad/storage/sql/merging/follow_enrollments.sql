-- What an entry sends, calls or has told is of the customer whose entry it is.
WITH theirs AS MATERIALIZED (SELECT id FROM enrollment WHERE customer_id = %(whose)s),
messages AS (
  UPDATE message m SET customer_id = %(whose)s FROM theirs t
   WHERE m.enrollment_id = t.id AND m.customer_id = %(other)s
  RETURNING m.id),
calls AS (
  UPDATE call_task c SET customer_id = %(whose)s
   WHERE c.customer_id = %(other)s
     AND c.id IN (SELECT m.id FROM message m JOIN theirs t ON t.id = m.enrollment_id WHERE m.channel = 'call'))
UPDATE webhook_call w SET customer_id = %(whose)s FROM theirs t
 WHERE w.enrollment_id = t.id AND w.customer_id = %(other)s
