-- One row per id, for good, however often the step is decided.
INSERT INTO webhook_call (id, enrollment_id, customer_id, journey, version_id, step, webhook, status, decided_at, not_before)
SELECT r.id, r.enrollment_id, r.customer_id, r.journey, r.version_id, r.step, r.webhook, 'queued', r.decided_at, r.decided_at
  FROM jsonb_to_recordset(%(rows)s) AS r(
       id uuid, enrollment_id bigint, customer_id bigint, journey text, version_id bigint, step text, webhook text,
       decided_at timestamptz)
    ON CONFLICT (id) DO NOTHING
