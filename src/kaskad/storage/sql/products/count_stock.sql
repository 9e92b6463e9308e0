-- The units of a product in all stores together. Numeric first: a count may be written 3.0, which bigint cannot read.
SELECT coalesce(sum(units::numeric), 0)::bigint AS units
  FROM product p, jsonb_each_text(p.stock) AS s(store, units) WHERE p.id = %(id)s
