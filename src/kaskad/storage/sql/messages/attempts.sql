-- Every attempt of these enrollments, and its state.
SELECT enrollment_id, step, channel, status, reason, coalesce(sent_at, sending_at, decided_at) AS at,
       status = 'unknown' AND settled_by IS NULL AS open, delivered_at, opened_at, clicked_at, stopped,
       unknown_since IS NOT NULL AS doubted
  FROM unnest(%(enrollments)s::bigint[], %(days)s::date[]) AS e(enrollment_id, entered_on)
  JOIN message m USING (enrollment_id, entered_on) WHERE m.entered_on = ANY(%(on)s)
 ORDER BY enrollment_id, decided_at, id
