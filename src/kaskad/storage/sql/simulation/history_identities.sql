-- All identities of all customers; each customer's user id comes first, because events name the customer by it.
SELECT customer_id, kind, value FROM identity ORDER BY customer_id, kind <> 'user_id', kind, value
