-- A grant that the address itself confirmed: what was unsubscribed there before it stands no more, for whoever has the
-- address. The address is locked. Complaints and failed deliveries stay, and so do refusals of another channel or of a topic.
WITH opened AS (
  DELETE FROM suppression s USING address a
   WHERE a.channel = %(channel)s AND a.key = %(key)s AND s.channel = a.channel AND s.address IN (a.hash, a.key)
     AND s.reason = 'unsubscribed' AND s.at <= %(at)s)
DELETE FROM refused_address r USING address a
 WHERE a.channel = %(channel)s AND a.key = %(key)s AND r.reached_by = a.channel AND r.address IN (a.hash, a.key)
   AND r.purpose = 'marketing' AND r.channel IN ('', a.channel) AND r.topic = '' AND r.at <= %(at)s
