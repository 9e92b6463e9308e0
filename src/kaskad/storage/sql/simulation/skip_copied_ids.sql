-- New customers get ids after those that were copied.
SELECT setval(pg_get_serial_sequence('customer', 'id'), max(id)) FROM customer
