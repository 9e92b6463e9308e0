-- Stores only the new values of each product, with the time when they were reported.
INSERT INTO product (id, attributes, stock, told_at)
SELECT r.id, r.attributes, r.stock, r.told_at
  FROM jsonb_to_recordset(%(rows)s) AS r(id text, attributes jsonb, stock jsonb, told_at jsonb)
 ORDER BY r.id
    ON CONFLICT (id) DO UPDATE
       SET attributes = product.attributes || excluded.attributes, stock = product.stock || excluded.stock,
           told_at = product.told_at || excluded.told_at
