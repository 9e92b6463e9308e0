-- Who has these identities: a merge moves them, so whoever has one stands. It is asked for each chunk of events, and reads
-- nothing else.
SELECT i.kind, i.value, i.source, c.forgotten_at IS NOT NULL AS forgotten, c.id AS customer_id
  FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS w(kind, value)
  JOIN identity i USING (kind, value)
  JOIN customer c ON c.id = i.customer_id
