"""Settles call results: one answer that cannot be stored never prevents the others from being written."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from kaskad.domain.channel import Refused, Retry, SendResult, Sent, Unknown
from kaskad.services.failures.bisection import run_by_bisection
from kaskad.services.failures.enrollment_failures import describe_failure, is_outage

T = TypeVar("T")
A = TypeVar("A")
UNREADABLE_ANSWER = "an answer that cannot be written down"

log = logging.getLogger(__name__)


async def settle_by_bisection(
    outcomes: Sequence[tuple[T, A]],
    settle: Callable[[Sequence[tuple[T, A]]], Awaitable[Counter[str]]],
    bare: Callable[[A], A],
) -> Counter[str]:
    """Settles all; on failure, splits them into halves until it finds the bad one. Returns the outcomes counted.

    An outcome that cannot be settled alone is settled by its kind (`bare`), without details; if that fails too, it
    stays as it is until its lease runs out. An outage is raised: it says nothing about a single message.
    """

    async def settle_part(part: Sequence[tuple[T, A]]) -> Counter[str]:
        try:
            return await settle(part)
        except Exception as error:
            if not is_outage(error):
                log.warning("of %s answers one cannot be written down: %s", len(part), describe_failure(error))
            raise

    async def alone(outcome: tuple[T, A], _: Exception) -> Counter[str]:
        plain = bare(outcome[1])
        return Counter() if plain == outcome[1] else await settle_by_bisection([(outcome[0], plain)], settle, bare)

    return sum(
        await run_by_bisection(outcomes, settle_part, alone=alone, is_theirs=lambda error: not is_outage(error)),
        Counter(),
    )


def strip_details(result: object) -> SendResult:
    """Returns the same kind of result without details; a result of no known kind becomes an unknown outcome."""
    match result:
        case Sent():
            return Sent()
        case Refused(_, dead):
            return Refused(UNREADABLE_ANSWER, address_dead=dead is True)
        case Retry(outage=outage):
            return Retry(UNREADABLE_ANSWER, outage=outage is True)
        case Unknown(outage=outage):
            return Unknown(UNREADABLE_ANSWER, outage=outage is True)
    return Unknown(UNREADABLE_ANSWER)
