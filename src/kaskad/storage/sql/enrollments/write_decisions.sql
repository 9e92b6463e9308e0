INSERT INTO decision (enrollment_id, customer_id, journey, step, kind, reason, facts, seen, at)
SELECT r.enrollment_id, r.customer_id, r.journey, r.step, r.kind, r.reason, r.facts, r.seen, r.at
  FROM jsonb_to_recordset(%(rows)s) AS r(
       enrollment_id bigint, customer_id bigint, journey text, step text, kind text, reason text, facts jsonb,
       seen jsonb, at timestamptz)
