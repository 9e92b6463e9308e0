-- Every change of these carts, to compute them again.
SELECT e.customer_id, e.message_id, e.name, e.occurred_at, e.properties, e.source, e.received_at
  FROM event e JOIN unnest(%(customers)s::bigint[], %(carts)s::text[]) AS k(customer_id, cart_id)
    ON e.customer_id = k.customer_id AND coalesce(nullif(e.properties->>'cart_id', ''), 'cart') = k.cart_id
 WHERE e.name = ANY(%(names)s)
