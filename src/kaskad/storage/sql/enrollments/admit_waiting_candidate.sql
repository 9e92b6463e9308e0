-- A candidate that waits for its quiet time becomes due; it enters directly, without the checks of its trigger.
UPDATE enrollment SET direct = true, due_at = %(due_at)s WHERE journey = %(journey)s
   AND customer_id = %(customer_id)s AND key = %(key)s AND status = 'candidate' RETURNING id
