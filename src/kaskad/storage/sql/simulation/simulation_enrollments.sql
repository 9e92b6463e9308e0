-- Every enrollment of a simulation: its customer, and how it ended.
SELECT coalesce((SELECT min(i.value) FROM identity i WHERE i.customer_id = n.customer_id AND i.kind = 'user_id'), '') AS who,
       n.journey, n.key, n.status::text AS status, n.reason, n.left_by
  FROM enrollment n ORDER BY n.entered_at, n.id
