-- The customers who have one of these addresses now: as their contact, or as one of several devices.
SELECT k.customer_id
  FROM unnest(%(channels)s::text[], %(keys)s::text[]) AS w(channel, key)
  JOIN contact k ON k.channel = w.channel AND k.address_key = w.key AND k.state <> 'removed'
 UNION
SELECT d.customer_id
  FROM unnest(%(channels)s::text[], %(keys)s::text[]) AS w(channel, key)
  JOIN device d ON d.channel = w.channel AND d.address_key = w.key AND d.state <> 'removed'
 ORDER BY 1
