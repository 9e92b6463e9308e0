-- Who was in a segment still is, since the earlier time; of past entries the later one counts.
WITH inside AS (DELETE FROM segment_member
            WHERE customer_id = %(merged)s AND journey IN (SELECT name FROM journey) RETURNING *),
members AS (
  INSERT INTO segment_member AS s (journey, customer_id, since) SELECT journey, %(standing)s, since FROM inside
      ON CONFLICT (journey, customer_id) DO UPDATE SET since = least(s.since, excluded.since)),
past AS (DELETE FROM past_entry WHERE customer_id = %(merged)s RETURNING *)
INSERT INTO past_entry AS p (customer_id, journey, entered_at) SELECT %(standing)s, journey, entered_at FROM past
    ON CONFLICT (customer_id, journey) DO UPDATE SET entered_at = greatest(p.entered_at, excluded.entered_at)
