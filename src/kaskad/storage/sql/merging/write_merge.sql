-- Writes down who was merged, and how both were: what a split brings back. Everything else is known by its `origin`.
-- All are locked: whatever is stored of one of them later has a larger id than any event or consent now.
INSERT INTO customer_merge (standing, merged, last_event, last_consent, at, source, message_id, named, state)
SELECT p.standing, p.merged, (SELECT last_value FROM event_id_seq), (SELECT last_value FROM consent_id_seq),
       %(now)s, p.source, p.message_id, p.named,
       jsonb_build_object(
  'identity', (SELECT jsonb_agg(to_jsonb(i)) FROM identity i WHERE i.customer_id = p.merged),
  'contact', (SELECT jsonb_agg(to_jsonb(k)) FROM contact k WHERE k.customer_id IN (p.standing, p.merged)),
  'device', (SELECT jsonb_agg(to_jsonb(d)) FROM device d WHERE d.customer_id IN (p.standing, p.merged)),
  'confirmed_address', (SELECT jsonb_agg(to_jsonb(f)) FROM confirmed_address f WHERE f.customer_id IN (p.standing, p.merged)),
  'segment_member', (SELECT jsonb_agg(to_jsonb(s)) FROM segment_member s
                      WHERE s.customer_id IN (p.standing, p.merged) AND s.journey IN (SELECT name FROM journey)),
  'past_entry', (SELECT jsonb_agg(to_jsonb(e)) FROM past_entry e WHERE e.customer_id IN (p.standing, p.merged)),
  'enrollment', (SELECT jsonb_agg(to_jsonb(n)) FROM enrollment n
                  WHERE n.customer_id IN (p.standing, p.merged) AND n.status IN ('candidate', 'active')))
  FROM jsonb_to_recordset(%(pairs)s) AS p(standing bigint, merged bigint, source text, message_id text, named jsonb)
 ORDER BY p.merged
