-- Every attempt of these enrollments, and what is known of it.
SELECT enrollment_id, step, channel, status, reason, coalesce(sent_at, sending_at, decided_at) AS at,
       delivered_at, opened_at, clicked_at
  FROM message WHERE enrollment_id = ANY(%(enrollments)s) ORDER BY enrollment_id, decided_at, id
