-- What was told about attributes, one row for each word: the latest one of each customer and name stands, in whatever
-- order they arrive. Null is a word as well: it takes the attribute back.
INSERT INTO attribute AS k (customer_id, name, value, at, message_id, source)
SELECT DISTINCT ON (r.customer_id, a.key) r.customer_id, a.key, a.value, r.at, r.message_id, r.source
  FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, "values" jsonb, at timestamptz, message_id text, source text)
 CROSS JOIN LATERAL jsonb_each(r."values") AS a
 ORDER BY r.customer_id, a.key, r.at DESC, r.message_id DESC, r.source DESC NULLS LAST
    ON CONFLICT (customer_id, name)
    DO UPDATE SET value = excluded.value, at = excluded.at, message_id = excluded.message_id, source = excluded.source
            WHERE (excluded.at, excluded.message_id, coalesce(excluded.source, ''))
                > (k.at, k.message_id, coalesce(k.source, ''))
