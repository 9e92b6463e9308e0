-- What counts in the caps of the last eight days: all that reached the customer, or still may.
SELECT customer_id, counts_on, topic, sender
  FROM message
 WHERE customer_id = ANY(%(customers)s) AND counts_on >= %(since)s AND purpose = 'marketing' AND mode = 'live'
   AND status IN ('queued', 'claimed', 'sending', 'sent', 'unknown')
