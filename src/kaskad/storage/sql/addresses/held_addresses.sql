-- Of these addresses, which are locked, those that somebody else has now: nobody gets one without the lock.
SELECT w.channel, w.key
  FROM unnest(%(channels)s::text[], %(keys)s::text[]) AS w(channel, key)
 WHERE EXISTS (SELECT FROM contact k WHERE k.channel = w.channel AND k.address_key = w.key AND k.state <> 'removed'
                  AND k.customer_id <> ALL(%(without)s::bigint[]))
    OR EXISTS (SELECT FROM device d WHERE d.channel = w.channel AND d.address_key = w.key AND d.state <> 'removed'
                  AND d.customer_id <> ALL(%(without)s::bigint[]))
 ORDER BY w.channel, w.key
