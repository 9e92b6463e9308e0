-- Messages to enrollments that entered within the time. Of those sent, failed and unknown, one fell through when
-- another channel was decided on after it;
-- `steps` counts each (enrollment, step) with a sent message, in any channel; `by_sms` those of them that an SMS could
-- have reached when it was decided: it has a template, a telephone that was known by then, is not dead and had not
-- refused it, and consent if the purpose needs it. `compared` is what these cost.
-- Consent is read for each message by its index, as it was then; a version's document is read once.
WITH speaks AS MATERIALIZED (
  SELECT v.id AS version_id, t.key AS message
    FROM journey_version v CROSS JOIN LATERAL jsonb_each(v.document->'templates') t
   WHERE t.value->'channels' ? 'sms'),
attempt AS (
  SELECT m.journey, m.channel, m.status, m.cost,
         m.sending_at IS NOT NULL AND lead(m.id) OVER decided IS NOT NULL AS fell,
         m.status = 'sent' AND row_number() OVER sent_first = 1 AS step,
         CASE WHEN m.status NOT IN ('sent', 'unknown') THEN false
              WHEN m.channel = 'sms' THEN true
              WHEN s.message IS NULL OR k.customer_id IS NULL THEN false
              WHEN EXISTS (SELECT FROM suppression p
                            WHERE p.channel = 'sms' AND p.address IN (a.hash, k.address_key) AND p.journey IN ('', m.journey)
                              AND p.at <= m.decided_at) THEN false
              WHEN k.updated_at > m.decided_at AND NOT EXISTS (
                     SELECT FROM event e WHERE e.customer_id = m.customer_id AND e.name = 'identify'
                        AND e.occurred_at <= m.decided_at AND e.properties->'traits'->>'phone' <> '') THEN false
              WHEN m.purpose <> 'marketing' THEN true
              ELSE coalesce((SELECT c.granted FROM consent c
                              WHERE c.customer_id = m.customer_id AND c.purpose = 'marketing' AND c.topic IS NULL
                                AND (c.channel = 'sms' OR c.channel IS NULL) AND c.at <= m.decided_at
                              ORDER BY c.at DESC, c.granted, c.id LIMIT 1), false)
                   AND (m.topic IS NULL OR coalesce(
                           (SELECT c.granted FROM consent c
                             WHERE c.customer_id = m.customer_id AND c.purpose = 'marketing' AND c.topic = m.topic
                               AND (c.channel = 'sms' OR c.channel IS NULL) AND c.at <= m.decided_at
                             ORDER BY c.at DESC, c.granted, c.id LIMIT 1), m.topic = ANY(%(subscribed)s)))
         END AS by_sms
    FROM message m JOIN enrollment n ON n.id = m.enrollment_id
    LEFT JOIN speaks s ON s.version_id = m.version_id AND s.message = m.message
    LEFT JOIN contact k ON k.customer_id = m.customer_id AND k.channel = 'sms' AND k.state = 'active'
         AND k.address_key IS NOT NULL
    LEFT JOIN address a ON a.channel = k.channel AND a.key = k.address_key
   WHERE m.mode = 'live' AND n.entered_at >= coalesce(%(since)s::timestamptz, '-infinity')
     AND n.entered_at < coalesce(%(until)s::timestamptz, 'infinity')
  WINDOW decided AS (PARTITION BY m.enrollment_id, m.step ORDER BY m.decided_at, m.id),
         sent_first AS (PARTITION BY m.enrollment_id, m.step ORDER BY m.status <> 'sent', m.decided_at, m.id))
SELECT journey, channel,
       count(*) FILTER (WHERE status = 'sent') AS sent,
       count(*) FILTER (WHERE status = 'unknown') AS unknown,
       count(*) FILTER (WHERE status = 'failed') AS failed,
       count(*) FILTER (WHERE fell AND status IN ('sent', 'failed', 'unknown')) AS fell,
       count(*) FILTER (WHERE step) AS steps,
       count(*) FILTER (WHERE step AND by_sms) AS by_sms,
       coalesce(sum(cost) FILTER (WHERE status IN ('sent', 'unknown')), 0) AS cost,
       coalesce(sum(cost) FILTER (WHERE by_sms), 0) AS compared
  FROM attempt GROUP BY journey, channel ORDER BY journey, channel
