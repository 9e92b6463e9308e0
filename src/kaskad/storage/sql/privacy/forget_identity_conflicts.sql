-- What was not believed of these customers, or names an identity of theirs; these are deleted after it.
DELETE FROM identity_conflict x
 WHERE x.customer_id = ANY(%(customers)s) OR x.other_id = ANY(%(customers)s)
    OR EXISTS (SELECT FROM identity i WHERE i.customer_id = ANY(%(customers)s)
                  AND ((i.kind = x.kind AND i.value = x.value) OR (i.kind = x.by_kind AND i.value = x.by_value)))
