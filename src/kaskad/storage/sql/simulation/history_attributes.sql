-- What was known of customers before the time range and no event says any more, or the engine said; as events. Of a
-- customer who has no rows yet, the profile knows what events have lost.
WITH word AS (
  SELECT a.customer_id, a.name, a.value, a.at, a.message_id, a.source
    FROM attribute a
   WHERE a.at < %(since)s
     AND (a.source = 'kaskad'
          OR NOT EXISTS (SELECT FROM event e
                          WHERE e.customer_id = a.customer_id AND e.name = 'identify' AND e.occurred_at = a.at
                            AND e.message_id = a.message_id))
   UNION ALL
  SELECT c.id, a.key, a.value, c.created_at, '', NULL
    FROM customer c CROSS JOIN LATERAL jsonb_each(c.attributes) AS a
   WHERE c.profile_version IS NULL AND c.created_at < %(since)s
     AND NOT EXISTS (SELECT FROM event e
                      WHERE e.customer_id = c.id AND e.name = 'identify' AND e.properties->'traits' ? a.key))
SELECT customer_id, concat_ws(':', 'attributes', customer_id, message_id) AS message_id, 'identify' AS name,
       coalesce(source, 'kaskad') AS source, at AS occurred_at,
       jsonb_build_object('traits', jsonb_object_agg(name, value)) AS properties, NULL::text[] AS spoiled
  FROM word GROUP BY customer_id, message_id, source, at ORDER BY at, customer_id, message_id, source
