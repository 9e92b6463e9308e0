-- Adds new codes of the file; deletes codes that are not in it any more and were not given. It can be repeated.
WITH gone AS (
  DELETE FROM promo_code c
   WHERE c.promo = %(promo)s AND c.enrollment_id IS NULL
     AND NOT EXISTS (SELECT FROM unnest(%(codes)s::text[]) AS r(code) WHERE r.code = c.code)
  RETURNING c.code)
INSERT INTO promo_code AS c (promo, code, key)
SELECT %(promo)s, r.code, r.key FROM unnest(%(codes)s::text[], %(keys)s::text[]) AS r(code, key) ORDER BY r.code
    ON CONFLICT (promo, code) DO UPDATE SET key = excluded.key WHERE c.key IS DISTINCT FROM excluded.key
