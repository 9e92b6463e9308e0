-- A limited number of names is kept for each source; further names count under ''.
INSERT INTO unknown_event AS u (source, name, count, first_at, last_at)
SELECT source, name, sum(count), %(now)s, %(now)s
  FROM (SELECT r.source, r.count, CASE WHEN k.name IS NOT NULL OR n.there + row_number() OVER (
                 PARTITION BY r.source, k.name IS NULL ORDER BY r.name) <= %(most)s THEN r.name ELSE '' END AS name
          FROM jsonb_to_recordset(%(rows)s) AS r(source text, name text, count bigint)
          LEFT JOIN unknown_event k ON k.source = r.source AND k.name = r.name
         CROSS JOIN LATERAL (SELECT count(*) AS there FROM unknown_event o WHERE o.source = r.source) n) t
 GROUP BY source, name ORDER BY source, name
    ON CONFLICT (source, name)
    DO UPDATE SET count = u.count + excluded.count, last_at = greatest(u.last_at, excluded.last_at)
