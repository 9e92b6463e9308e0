-- The profiles of these customers from the attributes of all their members: the latest word of any of them counts.
-- Where a member's words may be missing among the rows (`unread`), nothing is written yet: they come first.
WITH person AS (
  SELECT c.id, coalesce(c.members, ARRAY[c.id]) AS members
    FROM (SELECT DISTINCT standing_customer(told.id) AS id FROM unnest(%(customers)s::bigint[]) AS told(id)) s
    JOIN customer c ON c.id = s.id),
member AS (
  SELECT p.id, m.id AS member, m.profile_version IS NULL AS unread
    FROM person p CROSS JOIN LATERAL unnest(p.members) AS l(id) JOIN customer m ON m.id = l.id),
word AS (
  SELECT DISTINCT ON (m.id, a.name) m.id, a.name, a.value FROM member m JOIN attribute a ON a.customer_id = m.member
   ORDER BY m.id, a.name, a.at DESC, a.message_id DESC, a.source DESC NULLS LAST, a.customer_id),
profile AS (
  SELECT p.id, coalesce(jsonb_object_agg(w.name, w.value) FILTER (WHERE w.value <> 'null'), '{}') AS attributes
    FROM person p LEFT JOIN word w ON w.id = p.id GROUP BY p.id),
written AS (
  UPDATE customer c
     SET attributes = f.attributes, locale = f.attributes->>'locale', time_zone = f.attributes->>'time_zone',
         profile_version = coalesce(c.profile_version, 0) + 1
    FROM profile f
   WHERE c.id = f.id AND NOT EXISTS (SELECT FROM member m WHERE m.id = f.id AND m.unread)
     AND (c.attributes, c.locale, c.time_zone)
         IS DISTINCT FROM (f.attributes, f.attributes->>'locale', f.attributes->>'time_zone')
  RETURNING c.id)
SELECT p.id, ARRAY(SELECT m.member FROM member m WHERE m.id = p.id AND m.unread ORDER BY m.member) AS unread,
       w.id IS NOT NULL AS changed
  FROM person p LEFT JOIN written w ON w.id = p.id ORDER BY p.id
