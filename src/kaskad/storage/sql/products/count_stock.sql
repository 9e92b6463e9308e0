-- The units of a product in all stores together; a part of one, as of what is sold by weight, counts as one.
SELECT ceil(coalesce(sum(units::numeric), 0))::bigint AS units
  FROM product p, jsonb_each_text(p.stock) AS s(store, units) WHERE p.id = %(id)s
