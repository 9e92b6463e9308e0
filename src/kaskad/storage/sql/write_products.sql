INSERT INTO product (id, attributes, stock, updated_at)
SELECT r.id, r.attributes, r.stock, r.updated_at
  FROM jsonb_to_recordset(%(rows)s) AS r(id text, attributes jsonb, stock jsonb, updated_at timestamptz)
 ORDER BY r.id
    ON CONFLICT (id) DO UPDATE
       SET attributes = product.attributes || excluded.attributes, stock = product.stock || excluded.stock,
           updated_at = greatest(product.updated_at, excluded.updated_at)
