-- Every change of these carts, to compute them again: their customers' orders too, which take what was bought out of any.
-- Who has ordered now (`buyers`) has all carts computed again.
SELECT e.id, e.customer_id, e.message_id, e.name, e.occurred_at, e.properties, e.spoiled, e.source, e.received_at,
       coalesce(e.origin, e.customer_id) AS origin, c.members
  FROM event e JOIN customer c ON c.id = e.customer_id
 WHERE e.customer_id = ANY(%(customers)s) AND e.name = ANY(%(names)s)
   AND (e.name = 'order_completed' OR e.customer_id = ANY(%(buyers)s)
        OR (e.customer_id, coalesce(nullif(e.properties->>'cart_id', ''), 'cart')) IN (
           SELECT k.customer_id, k.cart_id FROM unnest(%(owners)s::bigint[], %(carts)s::text[]) AS k(customer_id, cart_id)))
