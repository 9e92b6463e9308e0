-- What holds for a customer whatever the journey: who, and through which contacts. One that was taken back is none.
SELECT c.id, c.locale, c.time_zone,
       coalesce((SELECT jsonb_object_agg(k.channel, k.state) FROM contact k
                  WHERE k.customer_id = c.id AND k.state <> 'removed'), '{}') AS contacts
  FROM customer c WHERE c.id = ANY(%(customers)s)
