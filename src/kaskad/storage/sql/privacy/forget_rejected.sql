-- Rejected events that name the person: by an id or an address, as JSON writes it, in any case.
DELETE FROM rejected_event r
 USING unnest(%(words)s::text[]) AS w(word)
 WHERE position(lower(w.word) IN lower(r.body)) > 0 OR position(lower(w.word) IN lower(r.detail)) > 0
    OR lower(r.message_id) = lower(trim(both '"' from w.word))
