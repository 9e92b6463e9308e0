-- How far away the next free slot of the first provider in use is; no row if none is in use.
SELECT a.name, c.next_free - clock_timestamp() AS ahead
  FROM unnest(%(names)s::text[]) WITH ORDINALITY AS a(name, place) LEFT JOIN carrier c ON c.name = a.name
 WHERE (c.open_until IS NULL OR greatest(c.open_until, c.probe_until) <= clock_timestamp())
   AND NOT EXISTS (SELECT FROM stop s WHERE s.scope = 'provider' AND s.name = a.name)
 ORDER BY a.place LIMIT 1
