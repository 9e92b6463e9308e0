SELECT DISTINCT i.kind, i.value, i.kind <> 'user_id' AS weaker
  FROM identity i WHERE i.customer_id = ANY(%(members)s) ORDER BY weaker, i.kind, i.value
