-- When these messages were sent, and to whom.
SELECT id, customer_id, sending_at FROM message WHERE id = ANY(%(ids)s) ORDER BY id
