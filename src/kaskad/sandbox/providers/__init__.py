"""Local replacements of the providers, for the demo and for tests."""

from kaskad.sandbox.providers.behaviour import Behaviour, Rates
from kaskad.sandbox.providers.records import Outcome, Record, read_records
from kaskad.sandbox.providers.sandbox import Sandbox, serve

__all__ = ["Behaviour", "Outcome", "Rates", "Record", "Sandbox", "read_records", "serve"]
