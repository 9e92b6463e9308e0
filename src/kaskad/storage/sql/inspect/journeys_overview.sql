-- Every published journey, with its current enrollments and messages.
SELECT j.name, v.number, j.paused, v.document->'journey'->>'title' AS title, v.published_at,
       coalesce(people.candidates, 0) AS candidates, coalesce(people.inside, 0) AS inside, people.next_due_at,
       coalesce(waiting.messages, 0) AS queued, coalesce(unknown.messages, 0) AS unknown,
       coalesce(l.faults, 0) AS look_faults, l.fault AS look_fault, CASE WHEN l.faults > 0 THEN l.due_at END AS look_at
  FROM journey j JOIN journey_version v ON v.id = j.version_id
  LEFT JOIN (SELECT journey, count(*) FILTER (WHERE status = 'candidate') AS candidates,
                    count(*) FILTER (WHERE status = 'active') AS inside, min(due_at) AS next_due_at
               FROM enrollment WHERE status IN ('candidate', 'active') GROUP BY journey) people ON people.journey = j.name
  LEFT JOIN (SELECT journey, count(*) AS messages FROM message WHERE status = 'queued' GROUP BY journey) waiting
         ON waiting.journey = j.name
  LEFT JOIN (SELECT journey, count(*) AS messages FROM message WHERE status = 'unknown' GROUP BY journey) unknown
         ON unknown.journey = j.name
  LEFT JOIN entrance_look l ON l.journey = j.name
 ORDER BY j.name
