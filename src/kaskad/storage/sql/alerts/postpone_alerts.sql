-- All alerts that are due wait until later; this is no try.
UPDATE alert SET tell_at = %(later)s WHERE tell_at <= %(now)s
