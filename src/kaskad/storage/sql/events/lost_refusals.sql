-- Of withdrawals that came under the ids of earlier events: those that are no repeats. A repeat is the same customer's, of
-- the same source and with the same words.
SELECT r.message_id
  FROM jsonb_to_recordset(%(rows)s) AS r(message_id text, customer_id bigint, name text, source text, properties jsonb)
 WHERE NOT EXISTS (
       SELECT FROM event e
        WHERE e.customer_id = r.customer_id AND e.name = r.name AND e.source = r.source AND e.message_id = r.message_id
          AND e.properties = r.properties)
 ORDER BY r.message_id
