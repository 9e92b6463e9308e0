-- Refused addresses that an earlier version stored in plain.
SELECT DISTINCT reached_by AS channel, address FROM refused_address WHERE NOT starts_with(address, %(hashed)s)
 ORDER BY reached_by, address LIMIT %(limit)s
