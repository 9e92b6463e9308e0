-- The profile of the row that stands; a person is known since the first of the members was.
SELECT c.attributes, c.locale, c.time_zone,
       (SELECT min(m.created_at) FROM customer m WHERE m.id = ANY(%(members)s)) AS since
  FROM customer c WHERE c.id = %(customer)s
