-- Which mailboxes and numbers were taken back of the person while two were one: a profile that names none of the kind. What
-- cannot be read is a word to that effect. `told_of` are the rows that stood for both, each since an event.
SELECT k.channel, e.occurred_at AS at, e.message_id, e.source
  FROM event e
  JOIN unnest(%(told_of)s::bigint[], %(last_events)s::bigint[]) AS s(customer_id, last_event)
    ON coalesce(e.origin, e.customer_id) = s.customer_id AND e.id > s.last_event
  JOIN (VALUES ('email', 'email', '@'), ('phone', 'sms', '[0-9]{5}'), ('phone', 'viber', '[0-9]{5}'),
               ('phone', 'call', '[0-9]{5}'), ('viber', 'viber', '[0-9]{5}')) AS k(trait, channel, sign)
    ON e.properties->'traits' ? k.trait
   AND regexp_replace(e.properties->'traits'->>k.trait, '[^0-9@]', '', 'g') ~ k.sign IS NOT TRUE
 WHERE e.customer_id = %(holder)s AND e.name = 'identify'
 GROUP BY k.channel, e.occurred_at, e.message_id, e.source
 ORDER BY e.occurred_at, e.message_id, k.channel
