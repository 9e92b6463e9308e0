-- One code for each (enrollment, promo) without one, for good. Codes that another transaction is taking are skipped.
WITH wanted AS (
  SELECT r.promo, r.enrollment_id, r.valid_until, row_number() OVER (PARTITION BY r.promo ORDER BY r.enrollment_id) AS place
    FROM unnest(%(promos)s::text[], %(enrollments)s::bigint[], %(untils)s::timestamptz[]) AS r(promo, enrollment_id, valid_until)
   WHERE NOT EXISTS (SELECT FROM promo_code h WHERE h.enrollment_id = r.enrollment_id AND h.promo = r.promo)),
free AS (
  SELECT f.promo, f.code, row_number() OVER (PARTITION BY f.promo ORDER BY f.code) AS place
    FROM (SELECT promo, max(place) AS count FROM wanted GROUP BY promo) AS w
   CROSS JOIN LATERAL (
         SELECT c.promo, c.code FROM promo_code c WHERE c.promo = w.promo AND c.enrollment_id IS NULL
          ORDER BY c.code LIMIT w.count FOR UPDATE SKIP LOCKED) AS f)
UPDATE promo_code c SET enrollment_id = w.enrollment_id, taken_at = %(now)s, valid_until = w.valid_until
  FROM wanted w JOIN free f USING (promo, place)
 WHERE c.promo = f.promo AND c.code = f.code
