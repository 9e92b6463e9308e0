-- Of the next enrollments by id, deletes those that ended before this. `again_after` may look back further: so the last
-- entry of each customer into a journey that sent them a message is kept. A later enrollment cannot have ended earlier.
WITH span AS MATERIALIZED (
  SELECT n.id, n.entered_at FROM enrollment n WHERE n.id > %(after)s ORDER BY n.id LIMIT %(limit)s),
gone AS (
  DELETE FROM enrollment n USING span WHERE n.id = span.id AND n.ended_at < %(before)s
  RETURNING n.id, n.customer_id, n.journey, n.mode, n.entered_at),
told AS (DELETE FROM webhook_call w USING gone g WHERE w.enrollment_id = g.id),
left_over AS (
  INSERT INTO past_entry AS p (customer_id, journey, entered_at)
  SELECT g.customer_id, g.journey, max(g.entered_at)
    FROM gone g
   WHERE g.mode = 'live'
     AND EXISTS (SELECT FROM message m WHERE m.enrollment_id = g.id
                    AND m.entered_on = (g.entered_at AT TIME ZONE 'UTC')::date
                    AND m.status IN ('queued', 'claimed', 'sending', 'sent', 'unknown'))
   GROUP BY g.customer_id, g.journey
      ON CONFLICT (customer_id, journey) DO UPDATE SET entered_at = greatest(p.entered_at, excluded.entered_at))
SELECT max(span.id) AS last, (SELECT count(*) FROM gone) AS gone,
       coalesce(bool_and(span.entered_at >= %(before)s), true) AS over
  FROM span
