-- What was written, or is to be, at the step where these stand, for several entries at once. Those that could matter are
-- not older than whoever has waited there the longest. What went at a step that an edit took away counts where `moved`
-- leads from there: `step` says which it was of.
SELECT x.id AS beside, m.enrollment_id AS by, m.together, m.step, x.step AS here, x.moved,
       coalesce(m.sent_at, m.sending_at, m.decided_at) AS at,
       m.status IN ('sending', 'sent', 'unknown') OR (m.status <> 'failed' AND m.unknown_since IS NOT NULL) AS went
  FROM enrollment x
  JOIN message m ON m.customer_id = x.customer_id AND m.journey = x.journey AND (m.step = x.step OR x.moved ? m.step)
   AND m.together IS NOT NULL
   AND m.counts_on >= (%(since)s::timestamptz AT TIME ZONE 'UTC')::date - 1
 WHERE x.id = ANY(%(ids)s)
 ORDER BY x.id, m.decided_at, m.id
