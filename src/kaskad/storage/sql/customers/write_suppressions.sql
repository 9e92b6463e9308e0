-- Suppresses these addresses: for one journey, or for all (''). The first reason stays. In the order of the key: two
-- writers with the same addresses cannot deadlock.
INSERT INTO suppression (channel, address, journey, reason, source, at)
SELECT DISTINCT ON (channel, address, journey) channel, address, journey, reason, source, at
  FROM jsonb_to_recordset(%(rows)s) AS r(channel text, address text, journey text, reason text, source text, at timestamptz)
 ORDER BY channel, address, journey, at, reason, source
    ON CONFLICT DO NOTHING
