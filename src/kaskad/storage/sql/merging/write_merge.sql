-- Writes down who was merged, and how both were: what a split brings back. Everything else is known by its `origin`.
-- Both are locked: whatever is stored of either later has a larger id than any event now.
INSERT INTO customer_merge (standing, merged, last_event, at, source, message_id, named, state)
SELECT %(standing)s, %(merged)s,
  (SELECT last_value FROM event_id_seq), %(now)s, %(source)s, %(message_id)s, %(named)s, jsonb_build_object(
  'identity', (SELECT jsonb_agg(to_jsonb(i)) FROM identity i WHERE i.customer_id = %(merged)s),
  'contact', (SELECT jsonb_agg(to_jsonb(k)) FROM contact k WHERE k.customer_id IN (%(standing)s, %(merged)s)),
  'device', (SELECT jsonb_agg(to_jsonb(d)) FROM device d WHERE d.customer_id IN (%(standing)s, %(merged)s)),
  'confirmed_address', (SELECT jsonb_agg(to_jsonb(f)) FROM confirmed_address f WHERE f.customer_id IN (%(standing)s, %(merged)s)),
  'segment_member', (SELECT jsonb_agg(to_jsonb(s)) FROM segment_member s
                      WHERE s.customer_id IN (%(standing)s, %(merged)s) AND s.journey IN (SELECT name FROM journey)),
  'past_entry', (SELECT jsonb_agg(to_jsonb(p)) FROM past_entry p WHERE p.customer_id IN (%(standing)s, %(merged)s)),
  'enrollment', (SELECT jsonb_agg(to_jsonb(n)) FROM enrollment n
                  WHERE n.customer_id IN (%(standing)s, %(merged)s) AND n.status IN ('candidate', 'active')))
