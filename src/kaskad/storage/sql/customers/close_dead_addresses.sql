-- Addresses that do not work, each with the message that met it. They are locked. The contact is dead if it is still this
-- one, and so is the device, contact or not; the address is closed for everybody who has it, unless it was a test.
WITH told AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channel text, address text, address_key text,
                                                    mode text, provider text, now timestamptz)),
dead AS (
  UPDATE contact k SET state = 'dead' FROM told t
   WHERE k.customer_id = t.customer_id AND k.channel = t.channel
     AND (k.address = t.address OR k.address_key = t.address_key)),
buried AS (
  UPDATE device d SET state = 'dead' FROM told t
   WHERE d.customer_id = t.customer_id AND d.channel = t.channel AND d.address_key = t.address_key AND d.state = 'active')
INSERT INTO suppression (channel, address, journey, reason, source, at)
SELECT DISTINCT ON (a.channel, a.hash) a.channel, a.hash, '', 'address_dead', coalesce(t.provider, ''), t.now
  FROM told t JOIN address a ON a.channel = t.channel AND a.key = t.address_key
 WHERE t.mode = 'live'
 ORDER BY a.channel, a.hash, t.now, t.provider
    ON CONFLICT DO NOTHING
