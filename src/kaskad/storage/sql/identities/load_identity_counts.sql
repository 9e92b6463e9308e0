-- Of these customers: the user id, whether they have an address, how many identities of each kind, by who said so.
SELECT p.id, EXISTS (SELECT FROM contact k WHERE k.customer_id = p.id) AS contact,
       (SELECT min(u.value) FROM identity u WHERE u.customer_id = p.id AND u.kind = 'user_id') AS user_id,
       coalesce((SELECT jsonb_agg(jsonb_build_array(g.kind, g.source, g.count) ORDER BY g.kind, g.source)
                   FROM (SELECT i.kind, i.source, count(*) AS count FROM identity i
                          WHERE i.customer_id = p.id GROUP BY i.kind, i.source) g), '[]') AS counts
  FROM unnest(%(ids)s::bigint[]) AS p(id) ORDER BY p.id
