-- An earlier withdrawal by an address counts for each customer who gets it, from when it was said: it is stored by the
-- hash, or in plain as in earlier versions. Whoever had the address already got the withdrawal when it was said.
WITH given AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channel text, address_key text))
INSERT INTO consent (customer_id, purpose, channel, topic, granted, source, message_id, at)
SELECT DISTINCT w.customer_id, a.purpose, nullif(a.channel, ''), nullif(a.topic, ''), false, a.source, a.message_id, a.at
  FROM given w LEFT JOIN address k ON k.channel = w.channel AND k.key = w.address_key
  JOIN refused_address a ON a.reached_by = w.channel AND a.address IN (k.hash, w.address_key)
 WHERE NOT EXISTS (
   SELECT FROM consent c
    WHERE c.customer_id = w.customer_id AND c.purpose = a.purpose AND NOT c.granted AND c.at >= a.at
      AND c.expires_at IS NULL AND c.sender IS NULL
      AND c.channel IS NOT DISTINCT FROM nullif(a.channel, '') AND c.topic IS NOT DISTINCT FROM nullif(a.topic, ''))
