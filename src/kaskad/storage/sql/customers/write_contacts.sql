-- The latest event about each address wins, in whatever order they arrive; without an address the customer removed it.
-- A dead address stays dead until another one replaces it, even if it is removed in between, or written in another
-- spelling. Returns the addresses that are new to their customers: at the end, `contact` is as it was before.
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
SELECT w.customer_id, w.channel, w.address_key FROM written w
 WHERE w.state <> 'removed'
   AND NOT EXISTS (SELECT FROM contact k
                    WHERE k.customer_id = w.customer_id AND k.channel = w.channel AND k.address_key = w.address_key
                      AND k.state <> 'removed')
