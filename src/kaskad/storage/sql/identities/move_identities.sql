-- Identities that go over to another customer, and claims that another source says as well. All customers are locked.
UPDATE identity i
   SET customer_id = coalesce(r.customer_id, i.customer_id), source = r.source, since = coalesce(r.since, i.since)
  FROM jsonb_to_recordset(%(rows)s) AS r(kind text, value text, customer_id bigint, source text, since timestamptz)
 WHERE i.kind = r.kind AND i.value = r.value
