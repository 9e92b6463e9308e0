"""Kaskad: journeys in YAML, decided in Postgres, run by Prefect, sent through the cheapest channel that reaches."""
