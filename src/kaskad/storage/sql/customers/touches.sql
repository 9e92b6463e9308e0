-- The touches of the last eight days that count in caps: messages that reached the customer, or still can.
SELECT customer_id, counts_on, topic, sender
  FROM message
 WHERE customer_id = ANY(%(customers)s) AND counts_on >= %(since)s AND purpose = 'marketing' AND mode = 'live'
   AND status IN ('queued', 'claimed', 'sending', 'sent', 'unknown')
