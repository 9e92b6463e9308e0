-- Creates the rows of addresses that nobody had before, in the order of the key: two who create the same ones cannot
-- deadlock. Existing rows are not touched: an update would write each again.
INSERT INTO address (channel, key, hash)
SELECT * FROM unnest(%(channels)s::text[], %(keys)s::text[], %(hashes)s::text[]) AS w(channel, key, hash)
 ORDER BY w.channel, w.key
    ON CONFLICT (channel, key) DO NOTHING
