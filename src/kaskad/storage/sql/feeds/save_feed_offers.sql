-- Stores what these offers said when they were taken in.
INSERT INTO feed_offer AS o (feed, id, store, digest, stock, price, in_stock, gone, changes)
SELECT %(feed)s, r.id, r.store, r.digest, r.stock, r.price, r.in_stock, r.gone, r.changes
  FROM jsonb_to_recordset(%(rows)s) AS r(
       id text, store text, digest text, stock jsonb, price text, in_stock boolean, gone boolean, changes integer)
 ORDER BY r.id, r.store
    ON CONFLICT (feed, id, store) DO UPDATE
       SET digest = excluded.digest, stock = excluded.stock, price = excluded.price, in_stock = excluded.in_stock,
           gone = excluded.gone, changes = excluded.changes
