-- The properties of the customer's latest event that has all these fields.
SELECT properties FROM event WHERE customer_id = %(customer)s AND properties ?& %(fields)s
 ORDER BY occurred_at DESC, message_id LIMIT 1
