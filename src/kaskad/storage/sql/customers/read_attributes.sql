-- The attributes of customers whose profile was written by a version that had no rows for them: from their events, and
-- what no event says any more from the profile, as the oldest word that there can be, of an unknown source.
WITH person AS (
  SELECT c.id, c.attributes, c.created_at FROM customer c WHERE c.id = ANY(%(customers)s) AND c.profile_version IS NULL),
told AS (
  SELECT p.id, a.key AS name, a.value, e.occurred_at AS at, e.message_id, e.source
    FROM person p
   CROSS JOIN LATERAL (SELECT e.occurred_at, e.message_id, e.source, e.properties FROM event e
                        WHERE e.customer_id = p.id AND e.name = 'identify'
                          AND jsonb_typeof(e.properties->'traits') = 'object') e
   CROSS JOIN LATERAL jsonb_each(e.properties->'traits') AS a),
word AS (
  SELECT id, name, value, at, message_id, source FROM told
   UNION ALL
  SELECT p.id, a.key, a.value, p.created_at, '', NULL FROM person p CROSS JOIN LATERAL jsonb_each(p.attributes) AS a
   WHERE NOT EXISTS (SELECT FROM told t WHERE t.id = p.id AND t.name = a.key)),
written AS (
  INSERT INTO attribute AS k (customer_id, name, value, at, message_id, source)
  SELECT DISTINCT ON (id, name) id, name, value, at, message_id, source FROM word
   ORDER BY id, name, at DESC, message_id COLLATE "C" DESC, source COLLATE "C" DESC NULLS LAST
      ON CONFLICT (customer_id, name)
      DO UPDATE SET value = excluded.value, at = excluded.at, message_id = excluded.message_id, source = excluded.source
              WHERE (excluded.at, excluded.message_id, coalesce(excluded.source, ''))
                  > (k.at, k.message_id, coalesce(k.source, '')))
UPDATE customer c SET profile_version = 0 FROM person p WHERE c.id = p.id
