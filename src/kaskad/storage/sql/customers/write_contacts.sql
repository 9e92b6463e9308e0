-- The latest event about each address wins, in whatever order they arrive; without an address the customer removed it.
-- A dead address stays dead until another one replaces it, even if it is removed in between, or written in another
-- spelling. An earlier withdrawal by the address counts for each customer who gets it: it is stored by the hash, or in
-- plain as in earlier versions.
WITH written AS (
  INSERT INTO contact AS k (customer_id, channel, address, address_key, state, updated_at, message_id, source)
  SELECT r.customer_id, r.channel, coalesce(r.address, ''), r.address_key,
         CASE WHEN r.address IS NULL THEN 'removed' ELSE 'active' END, r.updated_at, r.message_id, r.source
    FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channel text, address text, address_key text,
                                           updated_at timestamptz, message_id text, source text)
      ON CONFLICT (customer_id, channel)
      DO UPDATE SET updated_at = excluded.updated_at, message_id = excluded.message_id, source = excluded.source,
                    address = CASE WHEN excluded.state = 'removed' THEN k.address ELSE excluded.address END,
                    address_key = CASE WHEN excluded.state = 'removed' THEN k.address_key ELSE excluded.address_key END,
                    state = CASE WHEN excluded.state = 'removed' AND k.state = 'active' THEN 'removed'
                                 WHEN excluded.state = 'removed' THEN k.state
                                 WHEN (k.address = excluded.address OR k.address_key = excluded.address_key) AND k.state <> 'removed'
                                 THEN k.state
                                 ELSE 'active' END
              WHERE (k.updated_at, k.message_id COLLATE "C") <= (excluded.updated_at, excluded.message_id COLLATE "C")
  RETURNING k.customer_id, k.channel, k.address_key, k.state)
INSERT INTO consent (customer_id, purpose, channel, topic, granted, source, message_id, at)
SELECT DISTINCT w.customer_id, a.purpose, nullif(a.channel, ''), nullif(a.topic, ''), false, a.source, a.message_id, a.at
  FROM written w LEFT JOIN address k ON k.channel = w.channel AND k.key = w.address_key
  JOIN refused_address a ON a.reached_by = w.channel AND a.address IN (k.hash, w.address_key)
 WHERE w.state <> 'removed' AND NOT EXISTS (
   SELECT FROM consent c
    WHERE c.customer_id = w.customer_id AND c.purpose = a.purpose AND NOT c.granted AND c.at >= a.at
      AND c.expires_at IS NULL AND c.sender IS NULL
      AND c.channel IS NOT DISTINCT FROM nullif(a.channel, '') AND c.topic IS NOT DISTINCT FROM nullif(a.topic, ''))
