-- Of these customers: whether they have an address, and how many identities of each kind, by who said so.
SELECT p.id, EXISTS (SELECT FROM contact k WHERE k.customer_id = p.id) AS contact,
       coalesce((SELECT jsonb_agg(jsonb_build_array(g.kind, g.source, g.count) ORDER BY g.kind, g.source)
                   FROM (SELECT i.kind, i.source, count(*) AS count FROM identity i
                          WHERE i.customer_id = p.id GROUP BY i.kind, i.source) g), '[]') AS counts
  FROM unnest(%(ids)s::bigint[]) AS p(id) ORDER BY p.id
