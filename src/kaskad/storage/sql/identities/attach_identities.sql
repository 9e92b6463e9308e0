-- New identities, in one order: parallel transactions that name the same ones wait for each other, never in a circle.
INSERT INTO identity (kind, value, customer_id, source, since)
SELECT r.kind, r.value, r.customer_id, r.source, r.since
  FROM jsonb_to_recordset(%(rows)s) AS r(kind text, value text, customer_id bigint, source text, since timestamptz)
 ORDER BY r.kind, r.value
ON CONFLICT DO NOTHING
