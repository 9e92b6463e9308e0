-- New identities, in one order: parallel transactions that name the same ones wait for each other, never in a circle.
INSERT INTO identity (kind, value, customer_id, source, since)
SELECT * FROM unnest(%(kinds)s::text[], %(values)s::text[], %(customers)s::bigint[], %(sources)s::text[],
                     %(since)s::timestamptz[])
ON CONFLICT DO NOTHING
