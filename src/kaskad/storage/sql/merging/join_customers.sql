-- The row that stands keeps its members; every live enrollment inside a journey is decided anew.
WITH woken AS (
  UPDATE enrollment SET due_at = least(due_at, %(now)s)
   WHERE customer_id = %(standing)s AND status = 'active' AND due_at > %(now)s),
gone AS (UPDATE customer SET merged_into = %(standing)s WHERE id = %(merged)s
         RETURNING coalesce(members, ARRAY[id]) AS members)
UPDATE customer c SET members = coalesce(c.members, ARRAY[c.id]) || g.members
  FROM gone g WHERE c.id = %(standing)s
