-- Each address once, as last told; without those that were taken back. `closed`: why nothing at all is sent there.
SELECT DISTINCT ON (k.channel, coalesce(k.address_key, k.address))
       k.channel, k.address, k.state, k.address_key IS NOT NULL AS valid,
       ARRAY(SELECT DISTINCT s.reason FROM suppression s
              WHERE s.channel = k.channel AND s.address IN (a.hash, k.address_key) AND s.journey = '' ORDER BY s.reason) AS closed
  FROM contact k LEFT JOIN address a ON a.channel = k.channel AND a.key = k.address_key
 WHERE k.customer_id = ANY(%(members)s) AND k.state <> 'removed'
 ORDER BY k.channel, coalesce(k.address_key, k.address), k.updated_at DESC, k.customer_id
