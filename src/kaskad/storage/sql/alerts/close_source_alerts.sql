-- Closes these alerts about sources: what they tell of is over.
UPDATE alert a SET closed_at = %(now)s, tell_at = NULL
  FROM jsonb_to_recordset(%(rows)s) AS r(kind text, reason text)
 WHERE a.closed_at IS NULL AND a.journey = '' AND a.kind = r.kind AND a.reason = r.reason
