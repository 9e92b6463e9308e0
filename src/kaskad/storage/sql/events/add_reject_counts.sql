-- Adds to the counts of the day. The first event of a kind alerts the owner of its source; while that alert is open, the
-- digest of each day tells of the rest.
WITH told AS MATERIALIZED (
  SELECT r.source, r.code, r.detail, r.count
    FROM jsonb_to_recordset(%(rows)s) AS r(source text, code text, detail text, count bigint)),
added AS (
  INSERT INTO reject_count AS c (source, code, day, count, first_at, last_at)
  SELECT source, code, %(day)s, count, %(now)s, %(now)s FROM told ORDER BY source, code
      ON CONFLICT (source, code, day)
      DO UPDATE SET count = c.count + excluded.count, last_at = greatest(c.last_at, excluded.last_at))
INSERT INTO alert (kind, journey, reason, text, count, first_at, last_at, tell_at)
SELECT 'rejected', '', source || ':' || code, detail, count, %(now)s, %(now)s, %(now)s FROM told ORDER BY source, code
    ON CONFLICT (kind, journey, reason) WHERE closed_at IS NULL DO NOTHING
