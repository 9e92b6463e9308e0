-- Migrates the enrollments of one older version to the new one. If their step still exists they stay there; else they
-- go to the step in `moved`, null is the end. `keeps`: both steps are of one kind, so the time already passed counts;
-- `spoke`: the old one sent messages, and what follows counts from its first attempt. All become due at once: the new
-- version may have exits that have already happened. Candidates wait as the new version says.
WITH paths AS (
  SELECT * FROM jsonb_to_recordset(%(paths)s) AS r(old text, new text, keeps boolean, spoke boolean)),
over AS (
  UPDATE enrollment n
     SET version_id = %(version)s, priority = %(priority)s, moved = n.moved || %(moved)s,
         sender = coalesce(nullif(n.entry->>%(sender_field)s, ''), %(sender)s, n.sender),
         purpose = CASE WHEN %(purpose)s = 'marketing' THEN 'marketing' ELSE n.purpose END,
         status = CASE WHEN w.old IS NOT NULL AND w.new IS NULL THEN 'done' ELSE n.status END,
         reason = CASE WHEN w.old IS NOT NULL AND w.new IS NULL THEN 'finished' END,
         ended_at = CASE WHEN w.old IS NOT NULL AND w.new IS NULL THEN %(now)s END,
         step = CASE WHEN w.old IS NULL THEN n.step ELSE w.new END,
         step_since = CASE WHEN w.old IS NULL OR w.keeps THEN n.step_since ELSE %(now)s END,
         spoke_at = CASE WHEN w.old IS NULL OR w.keeps THEN n.spoke_at
                         WHEN w.spoke THEN (SELECT min(coalesce(m.sent_at, m.sending_at)) FROM message m
                                             WHERE m.enrollment_id = n.id AND m.step = w.old
                                               AND m.entered_on = (n.entered_at AT TIME ZONE 'UTC')::date
                                               AND m.status IN ('sending', 'sent', 'unknown')) END,
         due_at = CASE WHEN n.status = 'active' THEN least(n.due_at, %(now)s)
                       WHEN n.direct THEN n.due_at ELSE n.due_at + %(quieter)s END,
         faults = 0, fault = NULL
    FROM (SELECT e.id, p.* FROM enrollment e LEFT JOIN paths p ON e.status = 'active' AND p.old = e.step
           WHERE e.journey = %(journey)s AND e.version_id = %(from)s AND e.status IN ('candidate', 'active')) w
   WHERE n.id = w.id
  RETURNING n.id, n.customer_id, n.journey, n.step)
INSERT INTO decision (enrollment_id, customer_id, journey, step, kind, facts, at)
SELECT id, customer_id, journey, step, 'followed', jsonb_build_object('version', %(number)s::int), %(now)s FROM over
