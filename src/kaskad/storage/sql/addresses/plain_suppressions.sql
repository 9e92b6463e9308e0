-- Suppressed addresses that an earlier version stored in plain.
SELECT DISTINCT channel, address FROM suppression WHERE NOT starts_with(address, %(hashed)s)
 ORDER BY channel, address LIMIT %(limit)s
