-- The merges that stand of this customer's person, with the identities that each brought: the latest first.
WITH RECURSIVE inside AS (
  SELECT m.* FROM customer_merge m WHERE m.standing = %(customer)s AND m.split_at IS NULL
   UNION
  SELECT m.* FROM customer_merge m JOIN inside i ON m.standing = i.merged WHERE m.split_at IS NULL)
SELECT id, standing, merged, last_event, last_consent, at, source, state, coalesce(state->'identity', '[]') AS identities
  FROM inside ORDER BY at DESC, id DESC
