"""Simulation: the real services on a scratch database, with customers who follow a script. Nothing is ever sent.

`runtime` has what the services need, with recording providers in place of real ones; its databases are those of
`storage/scratch.py`. `simulator` takes all customers through a script, `results` reads the decisions and messages.
"""
