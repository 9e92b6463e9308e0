-- The event store. An event that a source sent twice counts once: only new events are returned.
WITH told AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r(
         message_id text, customer_id bigint, name text, source text, occurred_at timestamptz, received_at timestamptz,
         properties jsonb, spoiled text[], origin bigint)),
fresh AS (
  INSERT INTO event_seen (source, message_id, seen_at)
  SELECT source, message_id, received_at FROM told ORDER BY source, message_id
      ON CONFLICT DO NOTHING
  RETURNING source, message_id)
INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties, spoiled, origin)
SELECT message_id, customer_id, name, source, occurred_at, received_at, properties, spoiled, origin
  FROM told JOIN fresh USING (source, message_id) ORDER BY message_id, source
RETURNING id, source, message_id
