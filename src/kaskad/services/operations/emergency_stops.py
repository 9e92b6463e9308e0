"""The emergency stop: one row, read by every pre-send check. Nothing in its scope is sent while it is active."""

from __future__ import annotations

from typing import Literal, Protocol, get_args

from kaskad.domain.errors import Rejected
from kaskad.services.ports import HasDatabase
from kaskad.storage import clock
from kaskad.storage.publishing import versions
from kaskad.storage.queries import query

StopScope = Literal["all", "journey", "channel", "sender", "provider"]


class EmergencyStopDeps(HasDatabase, Protocol):
    """What emergency stops need."""


async def stop(deps: EmergencyStopDeps, scope: str, name: str, *, by: str) -> None:
    """Stops everything in the scope. When this returns, no further send of it begins."""
    checked, named = _checked(scope, name)
    async with deps.database.transaction() as connection:
        await versions.lock_for_publishing(connection)  # every pre-send check holds it shared: none is under way now
        now = await clock.read_now(connection)
        await connection.execute(query("insert_stop"), {"scope": checked, "name": named, "by": by, "at": now})


async def lift(deps: EmergencyStopDeps, scope: str, name: str) -> bool:
    """Lifts the stop; returns False if there was none."""
    checked, named = _checked(scope, name)
    async with deps.database.transaction() as connection:
        cursor = await connection.execute(query("lift_stop"), {"scope": checked, "name": named})
        return cursor.rowcount > 0


def _checked(scope: str, name: str) -> tuple[str, str]:
    if scope not in get_args(StopScope):
        raise Rejected(f"'{scope}' is no scope: it is one of {', '.join(get_args(StopScope))}")
    if scope == "all":
        return scope, ""
    if not name:
        raise Rejected(f"which {scope}?")
    return scope, name.replace("-", "_") if scope == "journey" else name
