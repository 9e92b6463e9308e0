"""Postgres: tables, named queries, and the one evaluator of conditions. The services own the transactions."""
