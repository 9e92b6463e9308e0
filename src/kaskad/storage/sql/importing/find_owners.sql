-- The customers that these identities lead to.
SELECT i.kind, i.value, coalesce(c.merged_into, c.id) AS customer_id
  FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS w(kind, value)
  JOIN identity i USING (kind, value) JOIN customer c ON c.id = i.customer_id
 ORDER BY i.kind, i.value
