-- Events of the time range, and the earlier ones that it needs: profiles from the beginning, activity for a while.
-- Events that the engine raised are left out: the simulation raises them again.
SELECT customer_id, message_id, name, source, occurred_at, properties, spoiled FROM event
 WHERE occurred_at < %(until)s AND message_id NOT LIKE '%%#%%' AND name NOT LIKE 'message\_%%'
   AND (source <> 'kaskad' OR name = 'email_confirmed')
   AND (occurred_at >= %(back)s
        OR name IN ('identify', 'consent_given', 'consent_withdrawn', 'product_updated', 'product_stock_changed',
                    'product_subscribed', 'email_confirmed'))
 ORDER BY occurred_at, message_id, source
