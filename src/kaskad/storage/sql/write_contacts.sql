-- The latest address wins; one known to be dead stays dead until another takes its place.
INSERT INTO contact AS k (customer_id, channel, address, state, updated_at)
SELECT r.customer_id, r.channel, r.address, 'active', r.updated_at
  FROM jsonb_to_recordset(%(rows)s) AS r(customer_id bigint, channel text, address text, updated_at timestamptz)
    ON CONFLICT (customer_id, channel)
    DO UPDATE SET address = excluded.address, updated_at = excluded.updated_at,
                  state = CASE WHEN k.address = excluded.address THEN k.state ELSE 'active' END
            WHERE k.updated_at <= excluded.updated_at
