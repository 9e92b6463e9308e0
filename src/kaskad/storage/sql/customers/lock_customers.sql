-- In id order: two writers that need the same customers cannot deadlock.
SELECT id, forgotten_at IS NOT NULL AS forgotten, merged_into IS NOT NULL AS merged FROM customer WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE
