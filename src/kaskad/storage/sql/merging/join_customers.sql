-- The rows that stand keep their members; every live enrollment inside a journey is decided anew.
WITH pair AS (SELECT * FROM unnest(%(standing)s::bigint[], %(merged)s::bigint[]) AS p(standing, merged)),
woken AS (
  UPDATE enrollment SET due_at = least(due_at, %(now)s)
   WHERE customer_id = ANY(%(standing)s) AND status = 'active' AND due_at > %(now)s),
gone AS (
  UPDATE customer c SET merged_into = p.standing FROM pair p WHERE c.id = p.merged
  RETURNING p.standing, coalesce(c.members, ARRAY[c.id]) AS members)
UPDATE customer c SET members = coalesce(c.members, ARRAY[c.id]) || g.members
  FROM gone g WHERE c.id = g.standing
