-- Each pair once for each reason: a family says the same thing every day.
INSERT INTO identity_conflict (by_kind, by_value, kind, value, reason, customer_id, other_id, source, message_id, at)
SELECT r.by_kind, r.by_value, r.kind, r.value, r.reason, r.customer_id, r.other_id, r.source, r.message_id, r.at
  FROM jsonb_to_recordset(%(rows)s) AS r(by_kind text, by_value text, kind text, value text, reason text,
       customer_id bigint, other_id bigint, source text, message_id text, at timestamptz)
 ORDER BY r.by_kind, r.by_value, r.kind, r.value, r.reason
ON CONFLICT DO NOTHING
RETURNING message_id, kind, value, reason
