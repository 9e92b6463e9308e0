-- Withdrawals that came under the id of an earlier event (`repeated_id`), each under an id of its own: unless that event
-- is the same customer's, with the same words; then it is a repeat. Who is named by an address alone has no events to
-- compare with. Only new ones are returned.
WITH told AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r(
         message_id text, repeated_id text, customer_id bigint, name text, source text, occurred_at timestamptz,
         received_at timestamptz, properties jsonb, spoiled text[])
   WHERE r.customer_id = 0 OR NOT EXISTS (
         SELECT FROM event e
          WHERE e.customer_id = r.customer_id AND e.name = r.name AND e.source = r.source
            AND e.message_id = r.repeated_id AND e.properties = r.properties)),
fresh AS (
  INSERT INTO event_seen (source, message_id, seen_at)
  SELECT source, message_id, received_at FROM told ORDER BY source, message_id
      ON CONFLICT DO NOTHING
  RETURNING source, message_id)
INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties, spoiled)
SELECT message_id, customer_id, name, source, occurred_at, received_at, properties, spoiled
  FROM told JOIN fresh USING (source, message_id) ORDER BY message_id, source
RETURNING id, source, message_id
