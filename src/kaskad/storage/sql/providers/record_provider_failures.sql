-- Outages in a row have the provider passed over, each time for twice as long. Those that are told while it is passed
-- over were called before that, and tell nothing new.
WITH counted AS (
  UPDATE carrier SET failures = failures + %(outages)s, failed_at = clock_timestamp(), failure = %(failure)s
   WHERE name = %(name)s
  RETURNING name, failures, opened, open_until)
SELECT name, least(%(first)s::interval * power(2, least(opened, 30)), %(longest)s::interval) AS pause FROM counted
 WHERE failures >= %(most)s AND coalesce(open_until <= clock_timestamp(), true)
