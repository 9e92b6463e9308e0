-- The customer's enrollment for this key that has not ended.
SELECT id FROM enrollment WHERE journey = %(journey)s AND customer_id = %(customer)s AND key = %(key)s
   AND status IN ('candidate', 'active')
