-- An import has ended: what holds by now lets nobody in. Scans of segments begin anew, to note who is inside.
UPDATE entrance_look
   SET imported_at = %(now)s, at = CASE WHEN journey = ANY(%(segments)s) THEN NULL ELSE at END,
       after_customer = CASE WHEN journey = ANY(%(segments)s) THEN 0 ELSE after_customer END
