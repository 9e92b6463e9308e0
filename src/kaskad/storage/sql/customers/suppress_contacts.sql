-- A complaint of a customer, or STOP: suppresses all addresses and devices of the customer in these channels. They are
-- locked, and stored by their hash.
INSERT INTO suppression (channel, address, journey, reason, source, at)
SELECT DISTINCT ON (k.channel, coalesce(a.hash, k.address), r.reason)
       k.channel, coalesce(a.hash, k.address), '', r.reason, r.source, r.at
  FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channels jsonb, reason text, source text, at timestamptz)
  JOIN LATERAL (
    SELECT channel, coalesce(address_key, address) AS address FROM contact
     WHERE customer_id = r.customer_id AND state <> 'removed'
     UNION SELECT channel, address_key FROM device
     WHERE customer_id = r.customer_id AND state <> 'removed' AND address_key <> '') AS k
    ON r.channels ? k.channel
  LEFT JOIN address a ON a.channel = k.channel AND a.key = k.address
 ORDER BY 1, 2, r.reason, r.at, r.source
    ON CONFLICT DO NOTHING
