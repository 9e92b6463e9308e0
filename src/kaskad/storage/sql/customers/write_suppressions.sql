-- Suppresses these addresses, which are locked: for one journey, or for all (''). They are stored by their hash. The
-- first word of each reason stays. In the order of the key: two writers with the same addresses cannot deadlock.
INSERT INTO suppression (channel, address, journey, reason, source, at)
SELECT DISTINCT ON (r.channel, coalesce(a.hash, r.address), r.journey, r.reason)
       r.channel, coalesce(a.hash, r.address), r.journey, r.reason, r.source, r.at
  FROM jsonb_to_recordset(%(rows)s) AS r(channel text, address text, journey text, reason text, source text, at timestamptz)
  LEFT JOIN address a ON a.channel = r.channel AND a.key = r.address
 ORDER BY r.channel, coalesce(a.hash, r.address), r.journey, r.reason, r.at, r.source
    ON CONFLICT DO NOTHING
