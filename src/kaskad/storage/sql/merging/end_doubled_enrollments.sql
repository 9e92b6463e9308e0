-- Of two live enrollments of a person in the same journey under the same key one stays: the one that has sent more, else
-- the one that is inside, else the earlier. The other ends; what it was about to send is not sent, and what is on its way
-- counts. A candidate that stays waits for the later trigger of both: that is computed from the events.
WITH live AS MATERIALIZED (
  SELECT p.standing AS person, n.id, n.journey, n.key, n.status, n.entered_at,
         (SELECT count(*) FROM message m
           WHERE m.enrollment_id = n.id AND m.entered_on = (n.entered_at AT TIME ZONE 'UTC')::date
             AND (m.status IN ('sending', 'sent', 'unknown') OR m.unknown_since IS NOT NULL)) AS sent
    FROM unnest(%(standing)s::bigint[], %(merged)s::bigint[]) AS p(standing, merged)
   CROSS JOIN LATERAL unnest(ARRAY[p.standing, p.merged]) AS w(customer_id)
    JOIN enrollment n ON n.customer_id = w.customer_id AND n.status IN ('candidate', 'active')),
ranked AS MATERIALIZED (
  SELECT l.*, row_number() OVER (PARTITION BY l.person, l.journey, l.key
                                 ORDER BY l.sent DESC, l.status = 'active' DESC, l.entered_at, l.id) AS place
    FROM live l),
ended AS (
  UPDATE enrollment n SET status = 'left', reason = 'merged', ended_at = %(now)s, left_at = %(now)s
    FROM ranked r WHERE n.id = r.id AND r.place > 1
  RETURNING n.id, n.customer_id, n.journey, n.step, n.entered_at),
dropped AS (
  UPDATE message m SET status = 'dropped', reason = 'merged', lease_until = NULL
    FROM ended e
   WHERE m.enrollment_id = e.id AND m.entered_on = (e.entered_at AT TIME ZONE 'UTC')::date
     AND m.status IN ('queued', 'claimed', 'held') AND m.unknown_since IS NULL)
INSERT INTO decision (enrollment_id, customer_id, journey, step, kind, reason, facts, at)
SELECT id, customer_id, journey, step, 'left', 'merged', '{}', %(now)s FROM ended ORDER BY id
