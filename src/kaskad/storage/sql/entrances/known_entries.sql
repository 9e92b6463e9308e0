-- Which of these occurrences have already made an entry. Of several enrollments, one that waits no more counts.
SELECT n.customer_id, n.entry_message_id, bool_and(n.status = 'candidate') AS waits, min(n.entered_at) AS entered_at
  FROM unnest(%(customers)s::bigint[], %(names)s::text[]) AS q(customer_id, name)
  JOIN enrollment n ON n.customer_id = q.customer_id AND n.journey = %(journey)s AND n.entry_message_id = q.name
 GROUP BY n.customer_id, n.entry_message_id
