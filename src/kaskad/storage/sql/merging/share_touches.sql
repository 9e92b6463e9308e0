-- What was sent while both were taken for one person counts for each of them: in caps, and as an entry into the journey.
WITH sent AS MATERIALIZED (
  SELECT m.id, m.customer_id AS whose, p.customer_id, m.counts_on, m.topic, m.sender, m.journey, m.purpose, n.entered_at
    FROM message m JOIN enrollment n ON n.id = m.enrollment_id
    JOIN unnest(%(both)s::bigint[]) AS p(customer_id) ON p.customer_id <> m.customer_id
   WHERE m.customer_id = ANY(%(both)s) AND m.mode = 'live' AND m.sending_at >= %(at)s
     AND (m.status IN ('sending', 'sent', 'unknown') OR m.unknown_since IS NOT NULL)),
touches AS (
  INSERT INTO shared_touch (customer_id, message_id, counts_on, topic, sender)
  SELECT customer_id, id, counts_on, topic, sender FROM sent WHERE purpose = 'marketing' ORDER BY customer_id, id
      ON CONFLICT DO NOTHING)
INSERT INTO past_entry AS p (customer_id, journey, entered_at)
SELECT customer_id, journey, max(entered_at) FROM sent GROUP BY customer_id, journey ORDER BY customer_id, journey
    ON CONFLICT (customer_id, journey) DO UPDATE SET entered_at = greatest(p.entered_at, excluded.entered_at)
