INSERT INTO consent (customer_id, purpose, channel, topic, granted, text_version, text_hash, source, message_id, at)
SELECT r.customer_id, r.purpose, r.channel, r.topic, r.granted, r.text_version, r.text_hash, r.source, r.message_id, r.at
  FROM jsonb_to_recordset(%(rows)s) AS r(
       customer_id bigint, purpose text, channel text, topic text, granted boolean, text_version text, text_hash text,
       source text, message_id text, at timestamptz)
