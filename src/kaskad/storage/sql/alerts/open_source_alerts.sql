-- Alerts the owners of sources: once while an alert is open, and of each digest once at all.
INSERT INTO alert AS a (kind, journey, reason, text, count, first_at, last_at, tell_at)
SELECT r.kind, '', r.reason, r.text, r.count, %(now)s, %(now)s, %(now)s
  FROM jsonb_to_recordset(%(rows)s) AS r(kind text, reason text, text text, count integer)
 WHERE NOT EXISTS (SELECT FROM alert o WHERE o.kind = r.kind AND o.journey = '' AND o.reason = r.reason
                      AND (o.closed_at IS NULL OR o.kind = 'reject_digest'))
 ORDER BY r.kind, r.reason
    ON CONFLICT (kind, journey, reason) WHERE closed_at IS NULL DO NOTHING
