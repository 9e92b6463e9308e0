-- What was sent to these addresses since then, or may have been: of each, the customer, journey, step and time. What
-- failed for good, or was called back, does not count. A message that was deleted was sent. Who was merged is the customer
-- who stands for them.
SELECT t.channel, t.hash, standing_customer(coalesce(m.customer_id, t.customer_id)) AS customer_id, t.journey, t.step, t.purpose, t.at
  FROM unnest(%(channels)s::text[], %(hashes)s::text[]) AS w(channel, hash)
  JOIN address_touch t ON t.channel = w.channel AND t.hash = w.hash AND t.at > %(since)s
  LEFT JOIN message m ON m.id = t.message_id AND m.entered_on = t.entered_on
 WHERE m.id IS NULL OR m.status IN ('sending', 'sent') OR (m.status <> 'failed' AND m.unknown_since IS NOT NULL)
 ORDER BY t.channel, t.hash, t.at, t.message_id
