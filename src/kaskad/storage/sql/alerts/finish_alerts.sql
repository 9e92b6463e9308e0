-- Alerts that went, and those that were tried often enough: neither is sent again.
UPDATE alert SET told_at = CASE WHEN id = ANY(%(went)s) THEN %(now)s ELSE told_at END, tell_at = NULL
 WHERE id = ANY(%(went)s) OR id = ANY(%(over)s)
