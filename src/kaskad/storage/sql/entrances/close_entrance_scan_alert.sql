-- A look that had failed works again: the next time its journey's owner is told anew.
WITH mended AS (
  UPDATE entrance_look SET faults = 0, fault = NULL WHERE journey = %(journey)s)
UPDATE alert SET closed_at = %(now)s, tell_at = NULL
 WHERE kind = 'entrance' AND journey = %(journey)s AND closed_at IS NULL
