-- The device of a contact that a provider called dead is dead too: the contact can become another one.
UPDATE device d SET state = 'dead'
  FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channel text)
  JOIN contact k ON k.customer_id = r.customer_id AND k.channel = r.channel AND k.state = 'dead'
 WHERE d.customer_id = k.customer_id AND d.channel = k.channel AND d.address_key = k.address_key AND d.state = 'active'
