-- What an entry sends, calls or has told is of the customer whose entry it is: of `standing`, where it was of `merged`.
WITH theirs AS MATERIALIZED (
  SELECT n.id, p.standing, p.merged
    FROM unnest(%(standing)s::bigint[], %(merged)s::bigint[]) AS p(standing, merged)
    JOIN enrollment n ON n.customer_id = p.standing),
messages AS (
  UPDATE message m SET customer_id = t.standing FROM theirs t
   WHERE m.enrollment_id = t.id AND m.customer_id = t.merged
  RETURNING m.id),
calls AS (
  UPDATE call_task c SET customer_id = t.standing
    FROM theirs t JOIN message m ON m.enrollment_id = t.id AND m.channel = 'call'
   WHERE c.id = m.id AND c.customer_id = t.merged)
UPDATE webhook_call w SET customer_id = t.standing FROM theirs t
 WHERE w.enrollment_id = t.id AND w.customer_id = t.merged
