-- A complaint of a customer, or STOP: suppresses all addresses of the customer in these channels. They are locked, and
-- stored by their hash.
INSERT INTO suppression (channel, address, journey, reason, source, at)
SELECT DISTINCT ON (k.channel, coalesce(a.hash, k.address_key, k.address))
       k.channel, coalesce(a.hash, k.address_key, k.address), '', r.reason, r.source, r.at
  FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channels jsonb, reason text, source text, at timestamptz)
  JOIN contact k ON k.customer_id = r.customer_id AND k.state <> 'removed'
   AND r.channels ? k.channel
  LEFT JOIN address a ON a.channel = k.channel AND a.key = coalesce(k.address_key, k.address)
 ORDER BY 1, 2, r.at, r.source
    ON CONFLICT DO NOTHING
