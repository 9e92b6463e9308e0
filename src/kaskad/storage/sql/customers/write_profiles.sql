-- A profile is built from all events about a customer; the latest value of each attribute wins.
UPDATE customer c SET attributes = t.attributes, locale = t.attributes->>'locale', time_zone = t.attributes->>'time_zone'
  FROM (SELECT e.customer_id, jsonb_object_agg(a.key, a.value ORDER BY e.occurred_at, e.message_id) AS attributes
          FROM event e CROSS JOIN LATERAL jsonb_each(e.properties->'traits') AS a
         WHERE e.customer_id = ANY(%(customers)s) AND e.name = 'identify' GROUP BY e.customer_id) t
 WHERE c.id = t.customer_id
