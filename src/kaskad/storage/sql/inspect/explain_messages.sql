-- The messages of these enrollments. The time of an opt-out is not stored with them: so it is shown for now only.
SELECT enrollment_id, step, message, channel, status, reason, detail, provider, decided_at, not_before, sending_at, sent_at,
       delivered_at, opened_at, clicked_at, CASE WHEN %(until)s::timestamptz IS NULL THEN stopped END AS stopped
  FROM message WHERE enrollment_id = ANY(%(enrollments)s) AND decided_at <= coalesce(%(until)s::timestamptz, 'infinity') 
 ORDER BY enrollment_id, decided_at, id
