-- They go on at their step, and are due now; of several with one key the latest, and none if a live one has the key.
WITH asked AS (
  SELECT DISTINCT ON (n.journey, n.customer_id, n.key) n.id, n.entered_at, r.version_id, r.moved
    FROM jsonb_to_recordset(%(rows)s) AS r(id bigint, version_id bigint, moved jsonb)
    JOIN enrollment n ON n.id = r.id AND n.status = 'quarantined'
   WHERE NOT EXISTS (SELECT FROM enrollment live
                      WHERE live.journey = n.journey AND live.customer_id = n.customer_id AND live.key = n.key
                        AND live.status IN ('candidate', 'active'))
   ORDER BY n.journey, n.customer_id, n.key, n.entered_at DESC, n.id DESC),
released AS (
  UPDATE enrollment n
     SET status = CASE WHEN n.admitted_at IS NULL THEN 'candidate' ELSE 'active' END::enrollment_status,
         version_id = asked.version_id, moved = n.moved || asked.moved, faults = 0, fault = NULL, due_at = %(now)s
    FROM asked WHERE n.id = asked.id
  RETURNING n.id, n.customer_id, n.journey, n.step, n.version_id, n.entered_at),
rendered_anew AS (
  UPDATE message m SET version_id = r.version_id
    FROM released r
   WHERE m.enrollment_id = r.id AND m.entered_on = (r.entered_at AT TIME ZONE 'UTC')::date AND m.status = 'held'),
noted AS (
  INSERT INTO decision (enrollment_id, customer_id, journey, step, kind, facts, at)
  SELECT id, customer_id, journey, step, 'released', '{}', %(now)s FROM released)
SELECT id FROM released
