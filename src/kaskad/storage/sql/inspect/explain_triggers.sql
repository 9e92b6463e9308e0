-- The customer's last event of each of these names.
SELECT DISTINCT ON (name) id, name, occurred_at, received_at, properties
  FROM event WHERE customer_id = %(customer)s AND name = ANY(%(names)s)
 ORDER BY name, occurred_at DESC, message_id DESC
