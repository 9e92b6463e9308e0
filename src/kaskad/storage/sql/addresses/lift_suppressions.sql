-- Opens an address that is locked, as its holders are: complaints and failed deliveries go, what somebody unsubscribed from
-- stays. Each is stored with who lifted it and why. Contacts and devices that were dead are tried again.
WITH gone AS (
  DELETE FROM suppression
   WHERE channel = %(channel)s AND address IN (%(hash)s, %(key)s) AND reason = ANY(%(reasons)s)
  RETURNING channel, journey, reason, source, at),
kept AS (
  INSERT INTO suppression_lift (channel, address, journey, reason, source, at, lifted_at, lifted_by, why)
  SELECT channel, %(hash)s, journey, reason, source, at, %(now)s, %(by)s, %(why)s FROM gone),
alive AS (
  UPDATE contact SET state = 'active'
   WHERE channel = %(channel)s AND address_key = %(key)s AND state = 'dead' RETURNING customer_id),
revived AS (
  UPDATE device SET state = 'active'
   WHERE channel = %(channel)s AND address_key = %(key)s AND state = 'dead' RETURNING customer_id)
SELECT channel, journey, reason, source, at FROM gone
 UNION ALL
SELECT %(channel)s, '', 'address_dead', '', %(now)s
 WHERE NOT EXISTS (SELECT FROM gone) AND (EXISTS (SELECT FROM alive) OR EXISTS (SELECT FROM revived))
 ORDER BY 2, 3
