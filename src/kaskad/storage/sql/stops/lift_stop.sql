-- No row: there was no such stop.
DELETE FROM stop WHERE scope = %(scope)s AND name = %(name)s
