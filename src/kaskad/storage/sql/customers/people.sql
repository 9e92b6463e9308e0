-- What holds for a customer whatever the journey: who, and through which contacts (one that was taken back is none, and
-- so is one without a key: it is nobody's, or nobody knows yet who refused it); and what must not go to these addresses,
-- whoever said so: (channel, journey), '' is every journey.
SELECT c.id, c.locale, c.time_zone,
       coalesce((SELECT jsonb_object_agg(k.channel, k.state) FROM contact k
                  WHERE k.customer_id = c.id AND k.state <> 'removed' AND k.address_key IS NOT NULL), '{}') AS contacts,
       (SELECT jsonb_agg(jsonb_build_array(k.channel, s.journey))
          FROM contact k JOIN suppression s ON s.channel = k.channel AND s.address = k.address_key
         WHERE k.customer_id = c.id) AS suppressed
  FROM customer c WHERE c.id = ANY(%(customers)s)
