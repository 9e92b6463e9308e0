-- Nothing more goes to these addresses: of one journey, or at all (''). The first word stays. In the order of the key:
-- two writers that name the same addresses never wait for each other in a circle.
INSERT INTO suppression (channel, address, journey, reason, source, at)
SELECT DISTINCT ON (channel, address, journey) channel, address, journey, reason, source, at
  FROM jsonb_to_recordset(%(rows)s) AS r(channel text, address text, journey text, reason text, source text, at timestamptz)
 ORDER BY channel, address, journey, at, reason, source
    ON CONFLICT DO NOTHING
