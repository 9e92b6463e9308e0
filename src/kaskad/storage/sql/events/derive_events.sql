-- Events that cart changes raised. Each is in the partition of its change, so the event store itself shows whether it
-- exists. It is renamed when an earlier change arrived late; to `cart_unchanged` if the change turned out to be none.
WITH told AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r(
         message_id text, customer_id bigint, name text, source text, occurred_at timestamptz, received_at timestamptz,
         properties jsonb)),
known AS MATERIALIZED (
  SELECT e.id, e.occurred_at, e.source, e.message_id, e.name AS was, t.name
    FROM told t JOIN event e ON e.customer_id = t.customer_id AND e.name IN ('cart_updated', 'cart_emptied', 'cart_unchanged')
     AND e.occurred_at = t.occurred_at AND e.message_id = t.message_id AND e.source = t.source),
renamed AS (
  UPDATE event e SET name = k.name FROM known k
   WHERE e.id = k.id AND e.occurred_at = k.occurred_at AND k.was <> k.name
  RETURNING e.id, e.source, e.message_id),
added AS (
  INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties)
  SELECT message_id, customer_id, name, source, occurred_at, received_at, properties
    FROM told t WHERE t.name <> 'cart_unchanged' AND NOT EXISTS (SELECT FROM known k WHERE k.message_id = t.message_id AND k.source = t.source)
   ORDER BY message_id, source
  RETURNING id, source, message_id)
SELECT id, source, message_id FROM added UNION ALL SELECT id, source, message_id FROM renamed
