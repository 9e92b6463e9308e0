-- A failed scan works again: the next failure alerts the journey's owner anew.
WITH mended AS (
  UPDATE entrance_look SET faults = 0, fault = NULL WHERE journey = %(journey)s)
UPDATE alert SET closed_at = %(now)s, tell_at = NULL
 WHERE kind = 'entrance' AND journey = %(journey)s AND closed_at IS NULL
