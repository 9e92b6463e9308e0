"""Simulation: the real services on a scratch database, with customers who follow a script. Nothing is ever sent.

`scratch` creates and drops the databases, `runtime` has what the services need, with recording providers in place of
real ones, `simulator` takes all customers through a script, `results` reads the decisions and messages.
"""
