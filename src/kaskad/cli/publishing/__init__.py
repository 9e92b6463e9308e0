"""Commands for versions: publish, approve, roll back, pause."""
