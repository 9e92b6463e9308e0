-- Whoever took back all devices meant their own, not those of the other customer: these words are carried out now, and
-- do not move.
WITH said AS (
  DELETE FROM device WHERE customer_id = ANY(%(both)s) AND address_key = '' RETURNING *)
UPDATE device d SET state = 'removed'
  FROM said a
 WHERE d.customer_id = a.customer_id AND d.channel = a.channel AND d.address_key <> '' AND d.state = 'active'
   AND (d.updated_at, d.message_id COLLATE "C") < (a.updated_at, a.message_id COLLATE "C")
