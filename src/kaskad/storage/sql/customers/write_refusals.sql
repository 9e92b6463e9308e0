-- Withdrawals that other events report. Every profile repeats them: of one withdrawal that is repeated with no grant in
-- between, the first and the last are kept. Pauses, and what was withdrawn from one sender, are left as they are.
WITH told AS MATERIALIZED (
  SELECT DISTINCT ON (r.customer_id, r.purpose, r.channel, r.topic) r.*
    FROM jsonb_to_recordset(%(rows)s) AS r(
         customer_id bigint, purpose text, channel text, topic text, source text, message_id text, at timestamptz)
   ORDER BY r.customer_id, r.purpose, r.channel, r.topic, r.at DESC, r.message_id),
known AS MATERIALIZED (
  SELECT t.*, w.ids[1] AS last, w.ats[1] AS last_at, NOT w.grants[1] AS is_no,
         NOT w.grants[1] AND NOT w.grants[2] AND NOT w.texts[1] AS is_again
    FROM told t CROSS JOIN LATERAL (
      SELECT array_agg(c.id ORDER BY c.at DESC, c.granted, c.id) AS ids,
             array_agg(c.at ORDER BY c.at DESC, c.granted, c.id) AS ats,
             array_agg(c.granted ORDER BY c.at DESC, c.granted, c.id) AS grants,
             array_agg(c.text_version IS NOT NULL ORDER BY c.at DESC, c.granted, c.id) AS texts
        FROM (SELECT * FROM consent o
               WHERE o.customer_id = t.customer_id AND o.purpose = t.purpose
                 AND o.channel IS NOT DISTINCT FROM t.channel AND o.topic IS NOT DISTINCT FROM t.topic
                 AND (o.granted OR (o.expires_at IS NULL AND o.sender IS NULL))
               ORDER BY o.at DESC, o.granted, o.id LIMIT 2) c) w),
moved AS (
  UPDATE consent c SET at = k.at, source = k.source, message_id = k.message_id
    FROM known k WHERE c.id = k.last AND k.is_again AND k.last_at < k.at)
INSERT INTO consent (customer_id, purpose, channel, topic, granted, source, message_id, at)
SELECT k.customer_id, k.purpose, k.channel, k.topic, false, k.source, k.message_id, k.at
  FROM known k
 WHERE NOT coalesce(k.is_again AND k.last_at < k.at, false) AND NOT coalesce(k.is_no AND k.last_at >= k.at, false)
