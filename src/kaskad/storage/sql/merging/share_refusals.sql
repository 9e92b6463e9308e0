-- Who said no while both were taken for one person is not known: a withdrawal since then is one of each of them. One that is
-- repeated is kept in its first line, which may be older: then it counts by its time.
INSERT INTO consent (customer_id, purpose, channel, topic, granted, text_version, text_hash, source, message_id, at, sender,
                     ip, expires_at, how)
SELECT p.customer_id, c.purpose, c.channel, c.topic, false, c.text_version, c.text_hash, c.source, c.message_id, c.at,
       c.sender, c.ip, c.expires_at, c.how
  FROM consent c JOIN unnest(%(both)s::bigint[]) AS p(customer_id) ON p.customer_id <> c.customer_id
 WHERE c.customer_id = ANY(%(both)s) AND NOT c.granted
   AND ((c.customer_id = %(merged)s AND c.at > %(at)s)
        OR EXISTS (SELECT FROM unnest(%(told_of)s::bigint[], %(last_consents)s::bigint[], %(ats)s::timestamptz[])
                                 AS s(customer_id, last_consent, at)
                    WHERE coalesce(c.origin, c.customer_id) = s.customer_id AND (c.id > s.last_consent OR c.at > s.at)))
 ORDER BY c.id
