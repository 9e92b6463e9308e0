-- Closes the alerts of those journeys that have nobody in quarantine any more.
UPDATE alert a SET closed_at = %(now)s, tell_at = NULL
 WHERE a.kind = 'quarantine' AND a.closed_at IS NULL AND a.journey = ANY(%(journeys)s)
   AND NOT EXISTS (SELECT FROM enrollment n WHERE n.journey = a.journey AND n.status = 'quarantined')
