-- What is known of these offers, by the primary key.
SELECT o.id, o.store, o.digest, o.stock, o.price, o.in_stock, o.gone, o.changes
  FROM unnest(%(ids)s::text[], %(stores)s::text[]) AS q(id, store)
  JOIN feed_offer o ON o.feed = %(feed)s AND o.id = q.id AND o.store = q.store
