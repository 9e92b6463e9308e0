-- A running round goes on; a due scan stays due; a failed one is tried at once, because its cause may be fixed.
INSERT INTO entrance_look AS l (journey, since, due_at) VALUES (%(journey)s, %(now)s, %(due_at)s)
    ON CONFLICT (journey) DO UPDATE SET due_at = CASE WHEN l.faults > 0 THEN %(now)s ELSE excluded.due_at END
 WHERE (l.at IS NULL AND (l.due_at > excluded.due_at OR (l.due_at > %(now)s AND NOT %(at_once)s)))
    OR (l.faults > 0 AND l.due_at > %(now)s)
