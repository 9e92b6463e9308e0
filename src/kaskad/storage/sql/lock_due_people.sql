-- People, not enrollments: whoever holds the customer row decides everything about that person.
SELECT e.customer_id
  FROM enrollment e JOIN customer c ON c.id = e.customer_id
 WHERE e.journey = %(journey)s AND e.status IN ('candidate', 'active') AND e.due_at <= %(now)s
 ORDER BY e.due_at, e.id LIMIT %(limit)s
   FOR NO KEY UPDATE OF c SKIP LOCKED
