-- In the order of the digest: two imports of the same rows cannot deadlock; the second one waits, and finds them known.
INSERT INTO imported_row (digest, import_id)
SELECT d, %(run)s FROM unnest(%(digests)s::uuid[]) AS d ORDER BY d
    ON CONFLICT DO NOTHING
RETURNING digest
