-- The steps of a journey at which customers are, those of older versions too.
SELECT DISTINCT step FROM enrollment WHERE journey = %(journey)s AND status = 'active' AND step IS NOT NULL
