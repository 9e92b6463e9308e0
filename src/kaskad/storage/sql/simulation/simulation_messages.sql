-- Every message of a simulation, with its customer and subject; of one instant, in the order of the decisions.
SELECT m.customer_id AS customer,
       coalesce((SELECT min(i.value) FROM identity i WHERE i.customer_id = m.customer_id AND i.kind = 'user_id'),
                (SELECT min(i.value) FROM identity i WHERE i.customer_id = m.customer_id), '') AS who,
       m.journey, n.key, m.step, m.message, m.channel, m.status::text AS status, m.reason,
       coalesce(m.sending_at, m.decided_at) AS at, m.sending_at IS NOT NULL AS went, coalesce(m.cost, 0) AS cost
  FROM message m JOIN enrollment n ON n.id = m.enrollment_id
 ORDER BY at, m.customer_id,
          (SELECT max(d.id) FROM decision d WHERE d.enrollment_id = m.enrollment_id AND d.step = m.step
              AND d.kind = 'queued' AND d.facts->>'channel' = m.channel), m.id
