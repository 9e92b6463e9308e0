-- In id order: two writers that want the same people never wait for each other in a circle.
SELECT id FROM customer WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE
