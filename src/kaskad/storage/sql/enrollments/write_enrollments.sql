-- Stores the new state of all enrollments of a pass. Failures are counted from zero at each step.
UPDATE enrollment n
   SET status = r.status::enrollment_status, step = r.step, step_since = r.step_since, spoke_at = r.spoke_at,
       due_at = r.due_at, reason = r.reason, left_by = r.left_by, left_place = r.left_place, left_at = r.left_at,
       admitted_at = coalesce(n.admitted_at, r.admitted_at), ended_at = r.ended_at,
       faults = CASE WHEN n.step IS NOT DISTINCT FROM r.step THEN n.faults ELSE 0 END,
       fault = CASE WHEN n.step IS NOT DISTINCT FROM r.step THEN n.fault END
  FROM jsonb_to_recordset(%(rows)s) AS r(
       id bigint, status text, step text, step_since timestamptz, spoke_at timestamptz, due_at timestamptz,
       reason text, left_by text, left_place text, left_at timestamptz, admitted_at timestamptz, ended_at timestamptz)
 WHERE n.id = r.id
