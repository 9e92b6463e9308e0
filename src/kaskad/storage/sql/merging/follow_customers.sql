-- The row that stands for each of these customers: whoever was merged is followed to the end of the chain.
WITH RECURSIVE chain AS (
  SELECT id AS asked, id, merged_into FROM customer WHERE id = ANY(%(ids)s)
   UNION ALL
  SELECT h.asked, c.id, c.merged_into FROM chain h JOIN customer c ON c.id = h.merged_into)
SELECT asked, id AS standing FROM chain WHERE merged_into IS NULL
