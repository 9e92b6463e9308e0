-- Adds new codes of the file; deletes codes that are not in it any more and were not given. It can be repeated.
WITH gone AS (
  DELETE FROM promo_code c
   WHERE c.promo = %(promo)s AND c.enrollment_id IS NULL
     AND NOT EXISTS (SELECT FROM unnest(%(codes)s::text[]) AS r(code) WHERE r.code = c.code)
  RETURNING c.code)
INSERT INTO promo_code (promo, code)
SELECT %(promo)s, r.code FROM unnest(%(codes)s::text[]) AS r(code) ORDER BY r.code
    ON CONFLICT DO NOTHING
