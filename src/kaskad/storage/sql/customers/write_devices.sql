-- The latest event about each device wins, in whatever order they arrive. Under '' is when all were taken back: by a
-- word that names no device, or one that nobody knows. A dead device stays dead.
INSERT INTO device AS d (customer_id, channel, address_key, address, device_id, state, updated_at, message_id)
SELECT DISTINCT ON (r.customer_id, r.channel, r.address_key)
       r.customer_id, r.channel, r.address_key, r.address, nullif(r.device_id, ''), CASE WHEN r.address_key = '' THEN 'removed' ELSE 'active' END,
       r.updated_at, r.message_id
  FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channel text, address_key text, address text, device_id text,
                                         updated_at timestamptz, message_id text)
 WHERE r.address_key <> '' OR r.device_id IS NULL
    OR NOT EXISTS (SELECT FROM device k
                    WHERE k.customer_id = r.customer_id AND k.channel = r.channel AND k.device_id = r.device_id)
 ORDER BY r.customer_id, r.channel, r.address_key, r.updated_at DESC, r.message_id COLLATE "C" DESC
    ON CONFLICT (customer_id, channel, address_key)
    DO UPDATE SET updated_at = excluded.updated_at, message_id = excluded.message_id, address = excluded.address,
                  device_id = coalesce(excluded.device_id, d.device_id),
                  state = CASE WHEN d.state = 'dead' THEN 'dead' ELSE excluded.state END
            WHERE (d.updated_at, d.message_id COLLATE "C") <= (excluded.updated_at, excluded.message_id COLLATE "C")
