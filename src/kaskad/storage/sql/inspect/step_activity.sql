-- For each step of a journey: how many customers are there now, and how many passed it, got a message and left there.
-- A step without a send is passed by the decision that leads on from it, a send once a message was sent or given up.
WITH lately AS (
  SELECT d.enrollment_id, d.step, d.kind, d.seen #>> '{stood,0}' AS stood, d.seen #>> '{to,1}' AS went
    FROM decision d WHERE d.journey = %(journey)s AND d.at >= %(since)s),
went AS (
  SELECT m.enrollment_id, m.step FROM message m
   WHERE m.journey = %(journey)s AND m.mode = 'live' AND m.sent_at >= %(since)s),
happened AS (
  SELECT step, 'here' AS what, id AS enrollment_id FROM enrollment
   WHERE journey = %(journey)s AND status = 'active' AND mode = 'live'
  UNION ALL SELECT stood, 'passed', enrollment_id FROM lately
   WHERE stood IS NOT NULL AND kind <> 'left' AND went IS DISTINCT FROM stood
  UNION ALL SELECT step, 'passed', enrollment_id FROM lately WHERE kind IN ('dropped', 'skipped')
  UNION ALL SELECT w.step, 'passed', w.enrollment_id FROM went w JOIN enrollment n ON n.id = w.enrollment_id
   WHERE n.step IS DISTINCT FROM w.step
  UNION ALL SELECT step, 'sent', enrollment_id FROM went
  UNION ALL SELECT step, 'left', enrollment_id FROM lately WHERE kind = 'left')
SELECT step,
       count(DISTINCT enrollment_id) FILTER (WHERE what = 'here') AS here,
       count(DISTINCT enrollment_id) FILTER (WHERE what = 'passed') AS passed,
       count(DISTINCT enrollment_id) FILTER (WHERE what = 'sent') AS sent,
       count(DISTINCT enrollment_id) FILTER (WHERE what = 'left') AS left
  FROM happened WHERE step IS NOT NULL GROUP BY step ORDER BY step
