-- The ledger. What was sent twice is counted once: only new events come back. What a cart change raised may be
-- renamed when an earlier change arrives late.
INSERT INTO event AS e (message_id, customer_id, name, source, occurred_at, received_at, properties)
SELECT r.message_id, r.customer_id, r.name, r.source, r.occurred_at, r.received_at, r.properties
  FROM jsonb_to_recordset(%(rows)s) AS r(
       message_id text, customer_id bigint, name text, source text, occurred_at timestamptz, received_at timestamptz,
       properties jsonb)
 ORDER BY r.message_id
    ON CONFLICT (message_id) DO UPDATE SET name = excluded.name
            WHERE e.name <> excluded.name AND e.name LIKE 'cart\_%%' AND e.message_id LIKE '%%#cart'
RETURNING e.id, e.message_id
