-- The data about these entries for another system: the customer's ids in each source, and the trigger's properties.
-- A mailbox or number is told only where the customer has no other id: another system asked for ids, not for addresses.
SELECT n.id AS enrollment_id, n.entered_at, n.entry,
       coalesce((SELECT jsonb_object_agg(k.kind, k.ids)
                   FROM (SELECT i.kind, jsonb_agg(i.value ORDER BY i.value) AS ids FROM identity i
                          WHERE i.customer_id = n.customer_id
                            AND (i.kind NOT IN ('email', 'phone')
                                 OR NOT EXISTS (SELECT FROM identity o WHERE o.customer_id = n.customer_id
                                                   AND o.kind NOT IN ('email', 'phone')))
                          GROUP BY i.kind) k), '{}') AS customer
  FROM enrollment n WHERE n.id = ANY(%(enrollments)s)
