-- An event that is sent again is kept once.
INSERT INTO rejected_event (source, code, detail, digest, message_id, body, stored, skew, arrived_at)
SELECT r.source, r.code, r.detail, r.digest, r.message_id, r.body, r.stored, r.skew, r.arrived_at
  FROM jsonb_to_recordset(%(rows)s) AS r(
       source text, code text, detail text, digest text, message_id text, body text, stored boolean,
       skew double precision, arrived_at timestamptz)
 ORDER BY r.source, r.digest, r.code
    ON CONFLICT (source, digest, code) DO NOTHING
