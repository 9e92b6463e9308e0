-- Who was in a segment still is, since the earlier time; of past entries the later one counts.
WITH pair AS (SELECT * FROM unnest(%(standing)s::bigint[], %(merged)s::bigint[]) AS p(standing, merged)),
inside AS (
  DELETE FROM segment_member s USING pair p
   WHERE s.customer_id = p.merged AND s.journey IN (SELECT name FROM journey) RETURNING p.standing, s.*),
members AS (
  INSERT INTO segment_member AS s (journey, customer_id, since)
  SELECT journey, standing, since FROM inside ORDER BY 1, 2
      ON CONFLICT (journey, customer_id) DO UPDATE SET since = least(s.since, excluded.since)),
past AS (DELETE FROM past_entry e USING pair p WHERE e.customer_id = p.merged RETURNING p.standing, e.*)
INSERT INTO past_entry AS p (customer_id, journey, entered_at)
SELECT standing, journey, entered_at FROM past ORDER BY 1, 2
    ON CONFLICT (customer_id, journey) DO UPDATE SET entered_at = greatest(p.entered_at, excluded.entered_at)
