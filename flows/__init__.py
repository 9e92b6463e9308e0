"""Prefect flows: order, loops, concurrency. No SQL, no HTTP."""
