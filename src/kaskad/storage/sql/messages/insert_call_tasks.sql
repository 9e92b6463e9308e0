INSERT INTO call_task (id, customer_id, journey, team, script, phone, due_by, created_at)
SELECT r.id, r.customer_id, r.journey, r.team, r.script, r.phone, r.due_by, r.created_at
  FROM jsonb_to_recordset(%(rows)s) AS r(
       id uuid, customer_id bigint, journey text, team text, script text, phone text, due_by timestamptz,
       created_at timestamptz)
    ON CONFLICT (id) DO NOTHING
