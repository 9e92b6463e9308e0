-- Deletes touches that no journey looks back to any more.
DELETE FROM address_touch WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM address_touch WHERE at < %(before)s LIMIT %(limit)s))
