-- An order that counts for both, since they were taken for one person once before, is one order of one person again.
DELETE FROM event e
 USING unnest(%(standing)s::bigint[], %(merged)s::bigint[]) AS p(standing, merged), event o
 WHERE e.customer_id IN (p.standing, p.merged) AND o.customer_id IN (p.standing, p.merged)
   AND e.customer_id <> o.customer_id AND e.name = ANY(%(orders)s) AND o.name = e.name
   AND o.source = e.source AND o.message_id = e.message_id AND o.occurred_at = e.occurred_at AND o.id < e.id
