-- The last purchase, in any shop, of the entry's product or a similar one: of the same `similar` group if the product
-- has one, else of the same category. The order that the entry is about is its occasion, and does not count; nor does
-- what was cancelled or returned.
SELECT DISTINCT ON (n.id) n.id AS enrollment_id, i.item->>'product_id' AS product, e.occurred_at AS at,
       e.properties->>'place' AS place, e.properties->>'store' AS store
  FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[]) AS q(id, at)
  JOIN enrollment n ON n.id = q.id
  LEFT JOIN product p ON p.id = n.entry->>'product_id'
  JOIN LATERAL standing_orders(n.customer_id, q.at) e ON e.occurred_at > q.at - %(within)s
   AND coalesce(e.properties->>'order_id' <> n.entry->>'order_id', true)
 CROSS JOIN LATERAL jsonb_array_elements(
       CASE jsonb_typeof(e.properties->'products') WHEN 'array' THEN e.properties->'products' ELSE '[]' END) AS i(item)
  LEFT JOIN product b ON b.id = i.item->>'product_id'
 WHERE i.item->>'product_id' = n.entry->>'product_id'
    OR CASE WHEN p.attributes->>'similar' <> '' THEN b.attributes->>'similar' = p.attributes->>'similar'
            ELSE p.attributes->>'category' <> '' AND b.attributes->>'category' = p.attributes->>'category' END
 ORDER BY n.id, e.occurred_at DESC, e.message_id, i.item->>'product_id'
