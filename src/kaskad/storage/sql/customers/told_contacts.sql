-- Mailboxes and numbers: what a source may not change is compared for these alone, not for devices. Contacts that were
-- written before they had a source got it from the event that they name, while that is kept.
SELECT k.customer_id, k.channel, k.address_key, k.state,
       coalesce(k.source, (SELECT e.source FROM event e
                            WHERE e.customer_id = k.customer_id AND e.name = 'identify'
                              AND e.occurred_at = k.updated_at AND e.message_id = k.message_id
                            ORDER BY e.source LIMIT 1)) AS source
  FROM contact k
 WHERE k.customer_id = ANY(%(customers)s) AND k.channel NOT IN ('push', 'webpush')
 ORDER BY k.customer_id, k.channel
