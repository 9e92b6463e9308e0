-- The number of customers that can be reached now: an active address in one of the channels and, if it is needed, the
-- latest consent to marketing there. Topics, senders, pauses and what is not confirmed yet are not checked: so this is an
-- upper bound. Customer 0 is the system.
SELECT count(DISTINCT k.customer_id) AS people
  FROM contact k LEFT JOIN address a ON a.channel = k.channel AND a.key = k.address_key
 WHERE k.customer_id <> 0 AND k.state = 'active' AND k.address_key IS NOT NULL AND k.channel = ANY(%(channels)s)
   AND NOT EXISTS (SELECT FROM suppression s WHERE s.channel = k.channel AND s.address IN (a.hash, k.address_key)
                    AND s.journey = '')
   AND (NOT %(consent)s OR (
     SELECT s.granted AND (s.expires_at IS NULL OR s.expires_at > %(now)s) FROM consent s
      WHERE s.customer_id = k.customer_id AND s.purpose = 'marketing' AND s.topic IS NULL
        AND (s.channel IS NULL OR s.channel = k.channel) AND s.sender IS NULL AND (s.granted OR s.expires_at IS NULL)
      ORDER BY s.at DESC, s.granted, s.id LIMIT 1))
