-- When each enrollment last began to send, on the machine's clock; enrollments without a send are left out.
SELECT n.version_id, n.id, max(m.sending_machine_at) AS last
  FROM enrollment n JOIN message m ON m.enrollment_id = n.id AND m.sending_machine_at IS NOT NULL
 WHERE n.mode = 'live' GROUP BY n.version_id, n.id ORDER BY n.version_id, n.id
