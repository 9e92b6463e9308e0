-- Every decision of a simulation, with its customer and subject.
SELECT d.customer_id AS customer,
       coalesce((SELECT min(i.value) FROM identity i WHERE i.customer_id = d.customer_id AND i.kind = 'user_id'),
                (SELECT min(i.value) FROM identity i WHERE i.customer_id = d.customer_id), '') AS who,
       d.journey, n.key, d.step, d.kind, d.reason, d.facts->>'channel' AS channel, d.at
  FROM decision d JOIN enrollment n ON n.id = d.enrollment_id
 ORDER BY customer, d.at, d.id
