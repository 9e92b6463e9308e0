-- The touches of the last eight days that count in caps: messages that reached the customer, or still can; and what was
-- sent while somebody else was taken for the same person.
SELECT customer_id, counts_on, topic, sender
  FROM message
 WHERE customer_id = ANY(%(customers)s) AND counts_on >= %(since)s AND purpose = 'marketing' AND mode = 'live'
   AND status IN ('queued', 'claimed', 'sending', 'sent', 'unknown')
 UNION ALL
SELECT customer_id, counts_on, topic, sender FROM shared_touch
 WHERE customer_id = ANY(%(customers)s) AND counts_on >= %(since)s
