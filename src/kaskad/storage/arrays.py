"""Arrays in Postgres' text format: a pass sends dozens of them, and psycopg takes several times as long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID


def array(values: Iterable[int | UUID | date | datetime]) -> str:
    """The values as one literal. No value of these types needs quotes."""
    return "{" + ",".join(map(str, values)) + "}"


def repeated(value: datetime, count: int) -> str:
    """The same value, so many times."""
    return "{" + ",".join([str(value)] * count) + "}"
