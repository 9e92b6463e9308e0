-- The same stop twice is one: the first keeps who stopped, and when.
INSERT INTO stop (scope, name, "by", at) VALUES (%(scope)s, %(name)s, %(by)s, %(at)s)
ON CONFLICT DO NOTHING
