-- What was not believed of these customers, or names an identity of theirs; these are deleted after it.
WITH known AS MATERIALIZED (SELECT kind, value FROM identity WHERE customer_id = ANY(%(customers)s))
DELETE FROM identity_conflict
 WHERE id IN (SELECT id FROM identity_conflict WHERE customer_id = ANY(%(customers)s)
               UNION SELECT id FROM identity_conflict WHERE other_id = ANY(%(customers)s)
               UNION SELECT x.id FROM known i JOIN identity_conflict x ON x.by_kind = i.kind AND x.by_value = i.value
               UNION SELECT x.id FROM known i JOIN identity_conflict x ON x.kind = i.kind AND x.value = i.value)
