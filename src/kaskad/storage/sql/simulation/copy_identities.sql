-- The identities of the customers that were copied.
INSERT INTO identity (kind, value, customer_id)
SELECT * FROM unnest(%(kinds)s::text[], %(values)s::text[], %(customers)s::bigint[])
