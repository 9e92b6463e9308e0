"""The points at which a death hurts most, by name: tests stand there, to kill or to hold whoever comes by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum


class Failpoint(StrEnum):
    """Where the work stands."""

    CLAIMED = "after the claim"
    CHECKING = "in the look, before anybody is locked"
    CHECKED = "after the look"  # `sending` is committed, nobody is called
    CALLING = "in the call"
    ANSWERED = "after the call"
    SETTLING = "before the settling commits"
    DECIDING = "before a pass commits"
    INGESTING = "before ingest commits"
    PUBLISHING = "before publishing commits"
    FANNING_OUT = "before a fan-out's chunk commits"
    SCANNING_ENTRANCE = "before a look at an entrance commits"


FailpointHook = Callable[[Failpoint], Awaitable[None]]

_hook: ContextVar[FailpointHook | None] = ContextVar("kaskad_witness", default=None)


async def failpoint(point: Failpoint) -> None:
    """Lets the witness see who comes by; nobody stands here in a house that is not being tested."""
    witness = _hook.get()
    if witness is not None:
        await witness(point)


@contextmanager
def failpoint_hook(witness: FailpointHook) -> Iterator[None]:
    """While inside, this task and those that it starts are seen at every point."""
    token = _hook.set(witness)
    try:
        yield
    finally:
        _hook.reset(token)
