-- Whose message it is, what became of it, and who said so.
SELECT customer_id, status, settled_by FROM message WHERE id = %(id)s
