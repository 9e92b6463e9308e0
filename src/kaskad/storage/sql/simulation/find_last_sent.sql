-- The last message of that name that was sent to the customer; in one channel, or in any.
SELECT id FROM message
 WHERE customer_id = %(customer)s AND message = %(message)s AND sending_at IS NOT NULL
   AND channel = coalesce(%(channel)s, channel)
 ORDER BY sending_at DESC, id LIMIT 1
