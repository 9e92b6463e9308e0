-- An enrollment has left a step that sends one message for several: its siblings at that step become due.
UPDATE enrollment n SET due_at = least(n.due_at, r.at)
  FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, journey text, step text, at timestamptz)
 WHERE n.customer_id = r.customer_id AND n.journey = r.journey AND n.step = r.step AND n.status = 'active'
