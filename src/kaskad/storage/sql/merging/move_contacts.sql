-- Of two contacts in one channel the later word stands; but no public source changes what another source told.
-- Devices are added to those of the other; of one that both have, the later word.
WITH moved AS (DELETE FROM contact WHERE customer_id = %(merged)s RETURNING *),
contacts AS (
  INSERT INTO contact AS k (customer_id, channel, address, address_key, state, updated_at, message_id, source)
  SELECT %(standing)s, channel, address, address_key, state, updated_at, message_id, source FROM moved
      ON CONFLICT (customer_id, channel)
      DO UPDATE SET address = excluded.address, address_key = excluded.address_key, state = excluded.state,
                    updated_at = excluded.updated_at, message_id = excluded.message_id, source = excluded.source
              WHERE (coalesce(k.source = ANY(%(public)s), false), coalesce(excluded.source = ANY(%(public)s), false),
                     (k.updated_at, k.message_id COLLATE "C") < (excluded.updated_at, excluded.message_id COLLATE "C"))
                    IN ((true, false, true), (true, false, false), (true, true, true), (false, false, true))),
told AS (DELETE FROM device WHERE customer_id = %(merged)s RETURNING *),
devices AS (
  INSERT INTO device AS d (customer_id, channel, address_key, address, device_id, state, updated_at, message_id)
  SELECT %(standing)s, channel, address_key, address, device_id, state, updated_at, message_id FROM told
      ON CONFLICT (customer_id, channel, address_key)
      DO UPDATE SET address = excluded.address, device_id = excluded.device_id, state = excluded.state,
                    updated_at = excluded.updated_at, message_id = excluded.message_id
              WHERE (d.updated_at, d.message_id COLLATE "C") < (excluded.updated_at, excluded.message_id COLLATE "C")),
confirmed AS (DELETE FROM confirmed_address WHERE customer_id = %(merged)s RETURNING *)
INSERT INTO confirmed_address (customer_id, channel, address, message_id, at)
SELECT %(standing)s, channel, address, message_id, at FROM confirmed
    ON CONFLICT (customer_id, channel, address) DO NOTHING
