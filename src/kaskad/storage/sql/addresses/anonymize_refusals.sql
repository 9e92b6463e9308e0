-- Refusals of these addresses stand, but lead no more to the event that the ledger of these customers names.
UPDATE refused_address r SET message_id = gen_random_uuid()::text
  FROM unnest(%(channels)s::text[], %(hashes)s::text[]) AS w(channel, hash)
 WHERE r.reached_by = w.channel AND r.address = w.hash
   AND r.message_id IN (SELECT c.message_id FROM consent c WHERE c.customer_id = ANY(%(customers)s))
