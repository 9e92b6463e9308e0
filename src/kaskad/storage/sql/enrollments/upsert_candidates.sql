-- One live enrollment per customer, journey and key. A candidate only stores the later trigger (unindexed: the row
-- stays in place); an enrollment that is inside stays unchanged; one enrolled by hand waits for no quiet time any more.
-- `entered_at` can only become earlier: for events that arrive late.
INSERT INTO enrollment AS n (customer_id, journey, version_id, status, key, sender, purpose, priority, mode, direct,
                             entry, entry_message_id, entered_at, last_trigger_at, due_at)
SELECT r.customer_id, r.journey, r.version_id, 'candidate', r.key, r.sender, r.purpose, r.priority, r.mode, r.direct,
       r.entry, r.message_id, r.entered_at, r.last_trigger_at, r.due_at
  FROM jsonb_to_recordset(%(rows)s) AS r(
       customer_id bigint, journey text, version_id bigint, key text, sender text, purpose text, priority int,
       mode text, direct boolean, entry jsonb, message_id text, entered_at timestamptz, last_trigger_at timestamptz,
       due_at timestamptz)
    ON CONFLICT (journey, customer_id, key) WHERE status IN ('candidate', 'active')
    DO UPDATE SET entered_at = least(n.entered_at, excluded.entered_at),
                  due_at = least(n.due_at, excluded.due_at),
                  last_trigger_at = greatest(n.last_trigger_at, excluded.last_trigger_at),
                  direct = n.direct OR excluded.direct,
                  entry = CASE WHEN (excluded.entered_at, excluded.entry_message_id) < (n.entered_at, n.entry_message_id)
                               THEN excluded.entry ELSE n.entry END,
                  entry_message_id = CASE WHEN (excluded.entered_at, excluded.entry_message_id)
                                             < (n.entered_at, n.entry_message_id)
                                          THEN excluded.entry_message_id ELSE n.entry_message_id END
            WHERE n.status = 'candidate'
RETURNING n.id, n.uid, n.customer_id
