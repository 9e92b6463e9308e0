-- What happened in the time, and what was known before it: who people are from the beginning, what they did for a while.
-- What the engine itself raised is raised anew.
SELECT customer_id, message_id, name, source, occurred_at, properties FROM event
 WHERE occurred_at < %(until)s AND message_id NOT LIKE '%%#%%' AND name NOT LIKE 'message\_%%' AND source <> 'kaskad'
   AND (occurred_at >= %(back)s
        OR name IN ('identify', 'consent_given', 'consent_withdrawn', 'product_updated', 'product_stock_changed',
                    'product_subscribed'))
 ORDER BY occurred_at, message_id, source
