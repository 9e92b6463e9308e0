-- After a split: a word whose event went back to another of these customers goes with it. What each said before comes
-- from the events of each; the profiles count as unread.
WITH gone AS (
  DELETE FROM attribute a USING event e
   WHERE a.customer_id = ANY(%(customers)s) AND e.customer_id = ANY(%(customers)s) AND e.customer_id <> a.customer_id
     AND e.name = 'identify' AND e.occurred_at = a.at AND e.message_id = a.message_id AND e.source = a.source)
UPDATE customer SET attributes = '{}', profile_version = NULL WHERE id = ANY(%(customers)s)
