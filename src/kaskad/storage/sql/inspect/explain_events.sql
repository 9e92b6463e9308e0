-- The customer's events, latest first. Events that cart changes raised, and receipts, are shown elsewhere. What was said
-- in place of spoiled values is in the remark to the source, while that is kept.
SELECT name, source, occurred_at, properties, spoiled, count(*) OVER () AS total,
       CASE WHEN spoiled IS NOT NULL THEN (
         SELECT r.detail FROM rejected_event r
          WHERE r.source = event.source AND r.message_id = event.message_id AND r.code = 'spoiled'
          ORDER BY r.id DESC LIMIT 1) END AS unread
  FROM event
 WHERE customer_id = %(customer)s AND (%(at)s::timestamptz IS NULL OR occurred_at <= %(at)s)
   AND name NOT LIKE 'message\_%%' AND message_id NOT LIKE '%%#cart' AND source <> 'kaskad'
 ORDER BY occurred_at DESC, id DESC LIMIT %(limit)s
