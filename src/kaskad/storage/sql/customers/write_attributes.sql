-- What was told about attributes, each customer and name once: it stands if it is later than what is known, in whatever
-- order they arrive. Null is a word as well: it takes the attribute back. The customers are locked, so nobody else
-- writes these rows. A profile gets what changed; `derives` says that it has to be derived from all rows: of whoever has
-- members, was merged, or was written by a version without rows.
WITH told AS MATERIALIZED (
  SELECT r.customer_id, a.key AS name, a.value, r.at, r.message_id, r.source
    FROM jsonb_to_recordset(%(rows)s)
         AS r(customer_id bigint, "values" jsonb, at timestamptz, message_id text, source text)
   CROSS JOIN LATERAL jsonb_each(r."values") AS a),
later AS MATERIALIZED (
  SELECT t.customer_id, t.name, t.value, t.at, t.message_id, t.source, k.value AS known
    FROM told t
    LEFT JOIN (SELECT customer_id, name, value, at, message_id, source FROM attribute
                WHERE customer_id = ANY(%(customers)s)) k ON k.customer_id = t.customer_id AND k.name = t.name
   WHERE k.customer_id IS NULL
      OR (t.at, t.message_id, coalesce(t.source, '')) > (k.at, k.message_id, coalesce(k.source, ''))),
renewed AS (
  UPDATE attribute k SET value = l.value, at = l.at, message_id = l.message_id, source = l.source
    FROM later l
   WHERE k.customer_id = ANY(%(customers)s) AND k.customer_id = l.customer_id AND k.name = l.name),
added AS (
  INSERT INTO attribute (customer_id, name, value, at, message_id, source)
  SELECT customer_id, name, value, at, message_id, source FROM later WHERE known IS NULL),
said AS (
  SELECT customer_id, coalesce(jsonb_object_agg(name, value) FILTER (WHERE value <> 'null'), '{}') AS given,
         coalesce(array_agg(name) FILTER (WHERE value = 'null'), '{}') AS taken
    FROM later WHERE value IS DISTINCT FROM known GROUP BY customer_id),
changed AS (
  UPDATE customer c
     SET profile_version = c.profile_version + 1,
         (attributes, locale, time_zone) = (
           SELECT p.new, p.new->>'locale', p.new->>'time_zone' FROM (SELECT (c.attributes || s.given) - s.taken AS new) p)
    FROM said s
   WHERE c.id = ANY(%(customers)s) AND c.id = s.customer_id
     AND c.members IS NULL AND c.merged_into IS NULL AND c.profile_version IS NOT NULL
     AND (c.attributes || s.given) - s.taken <> c.attributes
  RETURNING c.id)
SELECT id, false AS derives FROM changed
 UNION ALL
SELECT id, true FROM customer
 WHERE id = ANY(%(customers)s) AND (members IS NOT NULL OR merged_into IS NOT NULL OR profile_version IS NULL)
 ORDER BY id
