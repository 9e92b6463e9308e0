-- Sent and planned messages for several entries at the step of these enrollments. Messages that matter are not older
-- than the enrollment that has waited there the longest. Messages of a step that an edit removed count if `moved` leads
-- from it to this one: `step` says which step it was.
SELECT x.id AS beside, m.enrollment_id AS by, m.together, m.step, x.step AS here, x.moved,
       coalesce(m.sent_at, m.sending_at, m.decided_at) AS at,
       m.status IN ('sending', 'sent', 'unknown') OR (m.status <> 'failed' AND m.unknown_since IS NOT NULL) AS went
  FROM enrollment x
  JOIN message m ON m.customer_id = x.customer_id AND m.journey = x.journey AND (m.step = x.step OR x.moved ? m.step)
   AND m.together IS NOT NULL
   AND m.counts_on >= (%(since)s::timestamptz AT TIME ZONE 'UTC')::date - 1
 WHERE x.id = ANY(%(ids)s)
 ORDER BY x.id, m.decided_at, m.id
