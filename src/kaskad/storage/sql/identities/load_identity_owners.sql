-- Who has these identities, by the end of the chain where a customer was merged. It is asked for each chunk of events,
-- so it reads nothing else; the chain is followed only where there is one.
SELECT i.kind, i.value, i.source, c.forgotten_at IS NOT NULL AS forgotten,
       CASE WHEN c.merged_into IS NULL THEN c.id
            ELSE (WITH RECURSIVE chain(id, above) AS (
                    SELECT c.id, c.merged_into
                    UNION ALL
                    SELECT n.id, n.merged_into FROM chain JOIN customer n ON n.id = chain.above)
                  SELECT chain.id FROM chain WHERE chain.above IS NULL) END AS customer_id
  FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS w(kind, value)
  JOIN identity i USING (kind, value)
  JOIN customer c ON c.id = i.customer_id
