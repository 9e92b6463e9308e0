"""Published versions, their log, migration of enrollments between them, pauses, images."""
