-- Facts about a customer that do not depend on the journey: profile, contacts (without removed ones, and without those
-- that have no key: they are invalid, or it is not known yet who refused them), and the suppressions of these
-- addresses, from any customer: (channel, journey, reason), '' is every journey. They are stored by the hash; those of
-- earlier versions in plain, until `storage/people/suppression_key.py` has hashed them. `confirmed`: channels of confirmed
-- addresses. `assigned`, of who was merged: as whom they were refused as part of a journey's holdout, or of the control
-- group, which is ''.
SELECT c.id, c.locale, c.time_zone,
       coalesce((SELECT jsonb_object_agg(k.channel, k.state) FROM contact k
                  WHERE k.customer_id = c.id AND k.state <> 'removed' AND k.address_key IS NOT NULL), '{}') AS contacts,
       (SELECT jsonb_agg(jsonb_build_array(k.channel, s.journey, s.reason))
          FROM contact k LEFT JOIN address a ON a.channel = k.channel AND a.key = k.address_key
          JOIN suppression s ON s.channel = k.channel AND s.address IN (a.hash, k.address_key)
         WHERE k.customer_id = c.id) AS suppressed,
       (SELECT jsonb_agg(DISTINCT jsonb_build_array(CASE n.reason WHEN 'holdout' THEN n.journey ELSE '' END,
                                                    coalesce(n.origin, n.customer_id)))
          FROM enrollment n
         WHERE c.members IS NOT NULL AND n.customer_id = c.id AND n.status = 'refused'
           AND n.reason IN ('holdout', 'control_group')) AS assigned,
       ARRAY(SELECT k.channel
               FROM contact k JOIN confirmed_address f
                 ON f.customer_id = k.customer_id AND f.channel = k.channel AND f.address = k.address_key
              WHERE k.customer_id = c.id ORDER BY k.channel) AS confirmed
  FROM customer c WHERE c.id = ANY(%(customers)s)
