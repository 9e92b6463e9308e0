-- Of two contacts in one channel the later word stands; but no public source changes what another source told.
-- Devices are added to those of the other; of one that both have, the later word.
WITH pair AS (SELECT * FROM unnest(%(standing)s::bigint[], %(merged)s::bigint[]) AS p(standing, merged)),
moved AS (DELETE FROM contact k USING pair p WHERE k.customer_id = p.merged RETURNING p.standing, k.*),
contacts AS (
  INSERT INTO contact AS k (customer_id, channel, address, address_key, state, updated_at, message_id, source)
  SELECT standing, channel, address, address_key, state, updated_at, message_id, source FROM moved ORDER BY 1, 2
      ON CONFLICT (customer_id, channel)
      DO UPDATE SET address = excluded.address, address_key = excluded.address_key, state = excluded.state,
                    updated_at = excluded.updated_at, message_id = excluded.message_id, source = excluded.source
              WHERE (coalesce(k.source = ANY(%(public)s), false), coalesce(excluded.source = ANY(%(public)s), false),
                     (k.updated_at, k.message_id COLLATE "C") < (excluded.updated_at, excluded.message_id COLLATE "C"))
                    IN ((true, false, true), (true, false, false), (true, true, true), (false, false, true))),
told AS (DELETE FROM device d USING pair p WHERE d.customer_id = p.merged RETURNING p.standing, d.*),
devices AS (
  INSERT INTO device AS d (customer_id, channel, address_key, address, device_id, state, updated_at, message_id)
  SELECT standing, channel, address_key, address, device_id, state, updated_at, message_id FROM told ORDER BY 1, 2, 3
      ON CONFLICT (customer_id, channel, address_key)
      DO UPDATE SET address = excluded.address, device_id = excluded.device_id, state = excluded.state,
                    updated_at = excluded.updated_at, message_id = excluded.message_id
              WHERE (d.updated_at, d.message_id COLLATE "C") < (excluded.updated_at, excluded.message_id COLLATE "C")),
confirmed AS (DELETE FROM confirmed_address f USING pair p WHERE f.customer_id = p.merged RETURNING p.standing, f.*)
INSERT INTO confirmed_address (customer_id, channel, address, message_id, at)
SELECT standing, channel, address, message_id, at FROM confirmed ORDER BY 1, 2, 3
    ON CONFLICT (customer_id, channel, address) DO NOTHING
