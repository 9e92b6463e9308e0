-- Of these customers: the user id, whether they have an address, how many identities of each kind, by who said so; and
-- their devices, since when each is theirs.
SELECT p.id, EXISTS (SELECT FROM contact k WHERE k.customer_id = p.id) AS contact,
       (SELECT min(u.value) FROM identity u WHERE u.customer_id = p.id AND u.kind = 'user_id') AS user_id,
       coalesce((SELECT jsonb_agg(jsonb_build_array(g.kind, g.source, g.count) ORDER BY g.kind, g.source)
                   FROM (SELECT i.kind, i.source, count(*) AS count FROM identity i
                          WHERE i.customer_id = p.id GROUP BY i.kind, i.source) g), '[]') AS counts,
       coalesce(d.kinds, '{}') AS kinds, coalesce(d.values, '{}') AS values, coalesce(d.since, '{}') AS since
  FROM unnest(%(ids)s::bigint[]) AS p(id)
  CROSS JOIN LATERAL (SELECT array_agg(i.kind ORDER BY i.kind, i.value) AS kinds,
                             array_agg(i.value ORDER BY i.kind, i.value) AS values,
                             array_agg(i.since ORDER BY i.kind, i.value) AS since
                        FROM identity i WHERE i.customer_id = p.id AND i.kind = ANY(%(devices)s)) d
 ORDER BY p.id
