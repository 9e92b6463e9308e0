-- One row per id, for good: a held message is decided again, by the current version of its enrollment; any other
-- message with the id stays unchanged.
INSERT INTO message AS m (id, entered_on, enrollment_id, customer_id, journey, version_id, step, message, channel, topic, purpose,
                          sender, mode, priority, status, decided_at, counts_on, expires_at, not_before, patience, together)
SELECT r.id, r.entered_on, r.enrollment_id, r.customer_id, r.journey, r.version_id, r.step, r.message, r.channel, r.topic, r.purpose,
       r.sender, r.mode, r.priority, 'queued', r.decided_at, r.counts_on, r.expires_at, r.decided_at,
       make_interval(secs => r.patience), r.together
  FROM jsonb_to_recordset(%(rows)s) AS r(
       id uuid, entered_on date, enrollment_id bigint, customer_id bigint, journey text, version_id bigint, step text, message text,
       channel text, topic text, purpose text, sender text, mode text, priority int, decided_at timestamptz,
       counts_on date, expires_at timestamptz, patience double precision, together bigint[])
    ON CONFLICT (id, entered_on) DO UPDATE
       SET status = 'queued', reason = NULL, detail = NULL, decided_at = excluded.decided_at,
           counts_on = excluded.counts_on, not_before = excluded.not_before, patience = excluded.patience,
           version_id = excluded.version_id, message = excluded.message, topic = excluded.topic,
           purpose = excluded.purpose, sender = excluded.sender, priority = excluded.priority,
           expires_at = excluded.expires_at, together = excluded.together
     WHERE m.status = 'held'
