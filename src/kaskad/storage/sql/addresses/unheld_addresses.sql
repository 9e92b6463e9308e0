-- The next addresses by key: the last of them, and those that no contact and no device has. These are locked, without
-- waiting: the statement that deletes them looks again, as somebody may have got one in between.
WITH span AS MATERIALIZED (
  SELECT channel, key FROM address WHERE (channel, key) > (%(channel)s, %(key)s) ORDER BY channel, key LIMIT %(limit)s),
unheld AS MATERIALIZED (
  SELECT a.channel, a.key FROM span JOIN address a USING (channel, key)
   WHERE NOT EXISTS (SELECT FROM contact k WHERE k.channel = a.channel AND k.address_key = a.key)
     AND NOT EXISTS (SELECT FROM device d WHERE d.channel = a.channel AND d.address_key = a.key)
   ORDER BY a.channel, a.key FOR UPDATE OF a SKIP LOCKED)
SELECT channel, key, true AS unheld, false AS is_last FROM unheld
 UNION ALL (SELECT channel, key, false, true FROM span ORDER BY channel DESC, key DESC LIMIT 1)
 ORDER BY 4, 1, 2
