-- Several outages in a row open the provider's circuit breaker, each time for twice as long. Outages that are reported
-- while it is open belong to earlier calls, and change nothing.
WITH counted AS (
  UPDATE carrier SET failures = failures + %(outages)s, failed_at = clock_timestamp(), failure = %(failure)s
   WHERE name = %(name)s
  RETURNING name, failures, opened, open_until)
SELECT name, least(%(first)s::interval * power(2, least(opened, 30)), %(longest)s::interval) AS pause FROM counted
 WHERE failures >= %(most)s AND coalesce(open_until <= clock_timestamp(), true)
