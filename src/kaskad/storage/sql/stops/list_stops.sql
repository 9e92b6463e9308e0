-- The emergency stops, oldest first.
SELECT scope, name, "by", at FROM stop ORDER BY at, scope, name
