-- The row that stands for each of these customers: most stand for themselves.
SELECT id AS asked, standing_customer(id) AS standing FROM customer WHERE id = ANY(%(ids)s)
