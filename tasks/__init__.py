"""Prefect tasks: one service call each, with a name, retries and a timeout. No decisions, and no ids as parameters:
a task that is retried claims again."""
