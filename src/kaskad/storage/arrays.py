"""Arrays as Postgres writes them: a pass sends dozens of them, and psycopg takes several times as long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID


def array(values: Iterable[int | UUID | date | datetime]) -> str:
    """The values as one literal. None of these kinds holds what would have to be quoted."""
    return "{" + ",".join(map(str, values)) + "}"


def repeated(value: datetime, count: int) -> str:
    """The one value, so many times."""
    return "{" + ",".join([str(value)] * count) + "}"
