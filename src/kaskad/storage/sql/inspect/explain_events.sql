-- The customer's events, latest first. Events that cart changes raised, and receipts, are shown elsewhere.
SELECT name, source, occurred_at, properties, count(*) OVER () AS total
  FROM event
 WHERE customer_id = %(customer)s AND (%(at)s::timestamptz IS NULL OR occurred_at <= %(at)s)
   AND name NOT LIKE 'message\_%%' AND message_id NOT LIKE '%%#cart' AND source <> 'kaskad'
 ORDER BY occurred_at DESC, id DESC LIMIT %(limit)s
