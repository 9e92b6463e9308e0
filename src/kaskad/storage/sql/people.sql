-- What holds for a customer whatever the journey: who, and through which contacts.
SELECT c.id, c.locale, c.time_zone,
       coalesce((SELECT jsonb_object_agg(k.channel, k.state) FROM contact k WHERE k.customer_id = c.id), '{}') AS contacts
  FROM customer c WHERE c.id = ANY(%(customers)s)
