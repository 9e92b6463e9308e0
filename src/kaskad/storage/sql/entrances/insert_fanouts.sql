INSERT INTO fanout (journey, version_id, product_id, entry, message_id, occurred_at, due_at)
SELECT r.journey, r.version_id, r.product_id, r.entry, r.message_id, r.occurred_at, r.due_at
  FROM jsonb_to_recordset(%(rows)s) AS r(
       journey text, version_id bigint, product_id text, entry jsonb, message_id text, occurred_at timestamptz,
       due_at timestamptz)
