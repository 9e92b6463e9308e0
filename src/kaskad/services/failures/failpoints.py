"""Failpoints: named places where tests can crash or pause a worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum


class Failpoint(StrEnum):
    """Where the work is."""

    CLAIMED = "after the claim"
    CHECKING = "in the look, before anybody is locked"
    ADDRESS_LOCKED = "in the look, once customers and addresses are locked"
    CHECKED = "after the look"  # `sending` is committed, the provider is not called yet
    CALLING = "in the call"
    ANSWERED = "after the call"
    SETTLING = "before the settling commits"
    DECIDING = "before a pass commits"
    INGESTING = "before ingest commits"
    PUBLISHING = "before publishing commits"
    FANNING_OUT = "before a fan-out's chunk commits"
    FEED_TOLD = "once changes of a feed are told, before it is stored that they are"
    SCANNING_ENTRANCE = "before a look at an entrance commits"
    IMPORTING = "before a portion of an import commits"


FailpointHook = Callable[[Failpoint], Awaitable[None]]

_hook: ContextVar[FailpointHook | None] = ContextVar("kaskad_witness", default=None)


async def failpoint(point: Failpoint) -> None:
    """Calls the hook that a test installed; without one it does nothing."""
    witness = _hook.get()
    if witness is not None:
        await witness(point)


@contextmanager
def failpoint_hook(witness: FailpointHook) -> Iterator[None]:
    """Inside, the hook is called at every failpoint of this task and of those that it starts."""
    token = _hook.set(witness)
    try:
        yield
    finally:
        _hook.reset(token)
