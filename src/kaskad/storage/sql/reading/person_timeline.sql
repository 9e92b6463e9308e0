-- Everything that happened to the person, in every channel, the latest first: events, messages and what became of them, and
-- words of consent that no event of consent told. Receipts stand with their message; what a cart change raised is that change.
-- `id` is the last key of the order, so that no page repeats or skips anything; no number of a row is readable in it.
WITH entry AS (
  SELECT e.occurred_at AS at, md5('event ' || e.id) AS id,
         coalesce(k.kind, CASE WHEN e.name LIKE 'conversation\_%%' OR e.properties ? 'conversation_id' THEN 'conversation'
                               ELSE 'behaviour' END) AS kind,
         e.name, e.source, CASE jsonb_typeof(e.properties->'channel') WHEN 'string' THEN e.properties->>'channel' END AS channel,
         e.properties AS attributes, e.spoiled
    FROM event e LEFT JOIN unnest(%(names)s::text[], %(kinds)s::text[]) AS k(name, kind) ON k.name = e.name
   WHERE e.customer_id = ANY(%(members)s) AND e.occurred_at <= %(at)s
     AND e.name <> 'cart_unchanged' AND e.message_id NOT LIKE '%%#cart'
     AND NOT (e.name LIKE 'message\_%%' AND e.message_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:')
  UNION ALL
  SELECT t.at, md5('message ' || m.id || t.name), 'message', t.name, NULL, m.channel,
         jsonb_build_object('message', m.message, 'journey', m.journey, 'purpose', m.purpose, 'topic', m.topic,
                            'reason', CASE WHEN t.name IN ('message_failed', 'message_unknown') THEN m.reason END), NULL
    FROM message m CROSS JOIN LATERAL (VALUES
         ('message_sent', CASE WHEN m.status = 'sent' THEN coalesce(m.sent_at, m.sending_at) END),
         ('message_delivered', m.delivered_at), ('message_opened', m.opened_at), ('message_clicked', m.clicked_at),
         ('message_failed', CASE WHEN m.status = 'failed' THEN coalesce(m.sending_at, m.decided_at) END),
         ('message_unknown', CASE WHEN m.status = 'unknown' THEN coalesce(m.unknown_since, m.sending_at) END)) AS t(name, at)
   WHERE m.customer_id = ANY(%(members)s) AND m.mode = 'live' AND t.at <= %(at)s
  UNION ALL
  SELECT c.at, md5('consent ' || min(c.id)), 'consent', CASE WHEN c.granted THEN 'consent_given' ELSE 'consent_withdrawn' END,
         c.source, NULL,
         jsonb_build_object('purpose', jsonb_agg(DISTINCT c.purpose), 'channel', jsonb_agg(DISTINCT coalesce(c.channel, 'every')),
                            'topic', jsonb_agg(DISTINCT c.topic) FILTER (WHERE c.topic IS NOT NULL)), NULL
    FROM consent c
   WHERE c.customer_id = ANY(%(members)s) AND c.at <= %(at)s
     AND NOT EXISTS (SELECT FROM event e
                      WHERE e.customer_id = ANY(%(members)s) AND e.name IN ('consent_given', 'consent_withdrawn')
                        AND e.message_id = c.message_id AND e.source = c.source)
   GROUP BY c.source, c.message_id, c.at, c.granted)
SELECT at, id, kind, name, source, channel, jsonb_strip_nulls(attributes) AS attributes, spoiled
  FROM entry
 WHERE (%(before)s::timestamptz IS NULL OR (at, id) < (%(before)s, %(before_id)s))
   AND (%(channel)s::text IS NULL OR %(channel)s IN (source, channel)) AND (%(kind)s::text IS NULL OR kind = %(kind)s)
 ORDER BY at DESC, id DESC LIMIT %(limit)s
