-- The next customers to tell about a product: of one audience kind, in a stable order, whose last event for it still
-- counts. A customer who asked and was told has used the request up. With `below`, those who have it from when it cost
-- more.
SELECT w.customer_id
  FROM (SELECT e.customer_id, max(e.occurred_at) AS at,
               (array_agg(as_number(e.properties->>'price') ORDER BY e.occurred_at DESC, e.message_id DESC))[1] AS price
          FROM event e
         WHERE e.name = %(event)s AND e.properties->>'product_id' = %(product)s AND e.customer_id > %(after)s
           AND e.occurred_at <= %(occurred_at)s AND e.occurred_at >= %(since)s
         GROUP BY e.customer_id) w
 WHERE (%(below)s::numeric IS NULL OR w.price > %(below)s::numeric)
   AND NOT EXISTS (SELECT FROM event u WHERE u.name = %(taken_back)s AND u.properties->>'product_id' = %(product)s
                      AND u.customer_id = w.customer_id AND u.occurred_at > w.at AND u.occurred_at <= %(occurred_at)s)
   AND NOT (%(used_up)s AND EXISTS (
           SELECT FROM enrollment n WHERE n.journey = %(journey)s AND n.customer_id = w.customer_id
              AND n.entry->>'product_id' = %(product)s AND n.purpose = %(purpose)s AND n.entered_at >= w.at
              AND (n.status IN ('candidate', 'active') OR EXISTS (
                   SELECT FROM message m WHERE m.enrollment_id = n.id
                      AND m.entered_on = (n.entered_at AT TIME ZONE 'UTC')::date
                      AND m.status IN ('queued', 'claimed', 'sending', 'sent', 'unknown')))))
   AND NOT EXISTS (SELECT FROM enrollment n WHERE n.journey = %(journey)s AND n.customer_id = w.customer_id
                      AND n.entered_at = %(occurred_at)s AND n.entry_message_id = %(message)s)
 ORDER BY w.customer_id LIMIT %(limit)s
