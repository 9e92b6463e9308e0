INSERT INTO consent (customer_id, purpose, channel, topic, sender, granted, text_version, text_hash, source, message_id,
                     at, ip, expires_at, how)
SELECT r.customer_id, r.purpose, r.channel, r.topic, r.sender, r.granted, r.text_version, r.text_hash, r.source,
       r.message_id, r.at, r.ip, r.expires_at, r.how
  FROM jsonb_to_recordset(%(rows)s) AS r(
       customer_id bigint, purpose text, channel text, topic text, sender text, granted boolean, text_version text,
       text_hash text, source text, message_id text, at timestamptz, ip text, expires_at timestamptz, how text)
