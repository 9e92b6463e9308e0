-- Reserves slots of the first provider in use: not stopped, and its breaker not open. If the pause of a breaker is
-- over, exactly one worker gets slots, for its probe: a worker that waited for the row finds it taken. No row: no
-- provider is in use, or the next free slot is too far away.
INSERT INTO carrier AS c (name, next_free)
SELECT a.name, clock_timestamp() - %(burst)s + %(length)s
  FROM unnest(%(names)s::text[]) WITH ORDINALITY AS a(name, place) LEFT JOIN carrier k ON k.name = a.name
 WHERE (k.open_until IS NULL OR greatest(k.open_until, k.probe_until) <= clock_timestamp())
   AND NOT EXISTS (SELECT FROM stop s WHERE s.scope = 'provider' AND s.name = a.name)
 ORDER BY a.place LIMIT 1
    ON CONFLICT (name) DO UPDATE
       SET next_free = greatest(c.next_free, clock_timestamp() - %(burst)s) + %(length)s,
           probe_until = CASE WHEN c.open_until IS NOT NULL THEN clock_timestamp() + %(probe)s END
     WHERE (c.open_until IS NULL OR greatest(c.open_until, c.probe_until) <= clock_timestamp())
       AND c.next_free <= clock_timestamp() + %(ahead)s
RETURNING c.name, c.next_free - %(length)s - clock_timestamp() AS wait, c.open_until IS NOT NULL AS probing,
          c.failures > 0 AS troubled
