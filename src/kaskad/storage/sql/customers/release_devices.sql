-- A device belongs to whoever told it last; an earlier token of the same device is no more. Returns whose contacts may
-- be others now.
WITH told AS MATERIALIZED (
  SELECT r.* FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channel text, address_key text, device_id text,
                                                    updated_at timestamptz, message_id text)),
gone AS (
  SELECT o.customer_id, o.channel, o.address_key
    FROM told t JOIN device o ON o.channel = t.channel AND o.address_key = t.address_key
    JOIN device l ON l.channel = o.channel AND l.address_key = o.address_key AND l.customer_id <> o.customer_id
     AND l.state <> 'removed'
     AND (l.updated_at, l.message_id COLLATE "C", l.customer_id) > (o.updated_at, o.message_id COLLATE "C", o.customer_id)
   WHERE t.address_key <> ''
   UNION
  SELECT o.customer_id, o.channel, o.address_key
    FROM told t JOIN device o ON o.customer_id = t.customer_id AND o.channel = t.channel AND o.device_id = t.device_id
   WHERE o.address_key NOT IN ('', t.address_key)
     AND (o.updated_at, o.message_id COLLATE "C") <= (t.updated_at, t.message_id COLLATE "C"))
UPDATE device d SET state = 'removed' FROM gone g
 WHERE d.customer_id = g.customer_id AND d.channel = g.channel AND d.address_key = g.address_key AND d.state = 'active'
RETURNING d.customer_id, d.channel
