-- The data about these entries for another system: the customer's ids in each source, and the trigger's properties.
SELECT n.id AS enrollment_id, n.entered_at, n.entry,
       coalesce((SELECT jsonb_object_agg(k.kind, k.ids)
                   FROM (SELECT i.kind, jsonb_agg(i.value ORDER BY i.value) AS ids FROM identity i
                          WHERE i.customer_id = n.customer_id GROUP BY i.kind) k), '{}') AS customer
  FROM enrollment n WHERE n.id = ANY(%(enrollments)s)
