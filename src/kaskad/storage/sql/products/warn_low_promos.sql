-- Promos with few codes left: the owner of their journey gets an alert, once until there are more codes.
INSERT INTO alert (kind, journey, reason, text, count, first_at, last_at, tell_at)
SELECT 'promo', %(journey)s, r.promo, r.text, l.count, %(now)s, %(now)s, %(now)s
  FROM unnest(%(promos)s::text[], %(warn_below)s::int[], %(texts)s::text[]) AS r(promo, warn_below, text)
 CROSS JOIN LATERAL (SELECT count(*) FROM (SELECT FROM promo_code c WHERE c.promo = r.promo AND c.enrollment_id IS NULL
                                            LIMIT r.warn_below) AS few) AS l
 WHERE l.count < r.warn_below
   AND NOT EXISTS (SELECT FROM alert a WHERE a.kind = 'promo' AND a.reason = r.promo AND a.closed_at IS NULL)
 ORDER BY r.promo
    ON CONFLICT (kind, journey, reason) WHERE closed_at IS NULL DO NOTHING
