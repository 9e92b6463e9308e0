-- For each enrollment: which of the things that it is about were bought, or have a like that was: the entry's product,
-- and the lines of the cart (as in render_data). The last purchase in any shop for each thing and relation:
-- `again` and `same` are the very product, `similar` is one of the same `similar` group if the thing has one, else of
-- the same category. What people buy again is nobody's like. The order that the entry is about is its occasion, and
-- does not count; nor does what was cancelled or returned. `things`: how many different things the cart has.
WITH asked AS (
  SELECT n.id, n.customer_id, n.entry, q.at
    FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[]) AS q(id, at) JOIN enrollment n ON n.id = q.id),
line AS (
  SELECT a.id, false AS in_cart, a.entry->>'product_id' AS product, a.entry->>'sku' AS sku,
         a.entry->>'category' AS category, 0 AS place
    FROM asked a WHERE a.entry->>'product_id' <> ''
   UNION ALL
  SELECT a.id, true, i.item->>'product_id', i.item->>'sku', NULL, i.place
    FROM asked a
   CROSS JOIN LATERAL (SELECT k.items FROM cart k
                        WHERE k.customer_id = a.customer_id AND k.cart_id = coalesce(a.entry->>'cart_id', k.cart_id)
                        ORDER BY k.updated_at DESC, k.cart_id LIMIT 1) AS k
   CROSS JOIN LATERAL jsonb_array_elements(k.items) WITH ORDINALITY AS i(item, place)),
thing AS (
  SELECT l.id, l.in_cart, l.place, coalesce(nullif(l.product, ''), l.sku) AS name, nullif(l.product, '') AS product,
         nullif(l.sku, '') AS sku, nullif(p.attributes->>'similar', '') AS similar,
         lower(btrim(coalesce(nullif(p.attributes->>'category', ''), nullif(l.category, '')))) AS category
    FROM line l LEFT JOIN product p ON p.id = l.product),
cart_size AS (
  SELECT id, count(DISTINCT nullif(name, '')) + count(*) FILTER (WHERE coalesce(name, '') = '') AS things
    FROM thing WHERE in_cart GROUP BY id),
bought AS (
  SELECT a.id, e.occurred_at, e.message_id, e.properties->>'place' AS place, e.properties->>'store' AS store,
         nullif(i.item->>'product_id', '') AS product, nullif(i.item->>'sku', '') AS sku,
         nullif(b.attributes->>'similar', '') AS similar, c.category,
         %(asks_again)s AND (coalesce(as_number(b.attributes->>'refill_days') > 0, false)
                             OR coalesce(c.category = ANY(%(bought_again)s::text[]), false)) AS again
    FROM asked a
    JOIN LATERAL standing_orders(a.customer_id, a.at) e ON e.occurred_at > a.at - %(within)s
     AND coalesce(e.properties->>'order_id' <> a.entry->>'order_id', true)
   CROSS JOIN LATERAL jsonb_array_elements(
         CASE jsonb_typeof(e.properties->'products') WHEN 'array' THEN e.properties->'products' ELSE '[]' END) AS i(item)
    LEFT JOIN product b ON b.id = i.item->>'product_id'
   CROSS JOIN LATERAL (
         SELECT lower(btrim(coalesce(nullif(b.attributes->>'category', ''), nullif(i.item->>'category', ''))))
             AS category) AS c)
SELECT DISTINCT ON (t.id, t.in_cart, t.name, k.relation)
       t.id AS enrollment_id, t.in_cart, t.name AS about, k.relation, coalesce(b.product, b.sku, '') AS product,
       b.occurred_at AS at, b.place, b.store, coalesce(s.things, 0) AS things
  FROM thing t
  JOIN bought b ON b.id = t.id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN coalesce(b.product = t.product, b.sku = t.sku) THEN CASE WHEN b.again THEN 'again' ELSE 'same' END
                   WHEN b.again THEN NULL
                   WHEN CASE WHEN t.similar IS NOT NULL THEN b.similar = t.similar ELSE b.category = t.category END
                   THEN 'similar' END AS relation) AS k
  LEFT JOIN cart_size s ON s.id = t.id
 WHERE t.name <> '' AND k.relation IS NOT NULL
 ORDER BY t.id, t.in_cart, t.name, k.relation, b.occurred_at DESC, b.message_id, b.product, b.sku
