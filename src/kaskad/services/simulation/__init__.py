"""Rehearsal: the real services on a scratch database, and customers who live through a script. Nothing is ever sent.

`scratch` makes and drops the databases, `stage` is what the services need, with recording providers in place of real
ones, `rounds` takes everybody through a script, `found` reads what came of it.
"""
