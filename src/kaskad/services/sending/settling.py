"""Settling what was answered: one odd answer never keeps the others from being written down."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from kaskad.domain.channel import Refused, Retry, SendResult, Sent, Unknown
from kaskad.services.halves import halved
from kaskad.services.mending.faults import fault_of, is_outage

T = TypeVar("T")
A = TypeVar("A")
ODD = "an answer that cannot be written down"

log = logging.getLogger(__name__)


async def settle_apart(
    outcomes: Sequence[tuple[T, A]],
    settle: Callable[[Sequence[tuple[T, A]]], Awaitable[Counter[str]]],
    bare: Callable[[A], A],
) -> Counter[str]:
    """Settles all; where that breaks, halves and halves of them. Returns the outcomes counted.

    What cannot be settled alone is settled by its kind (`bare`), without what was said; where that breaks as well it
    stays as it is, and its lease runs out. An outage is raised: it says nothing of anybody.
    """

    async def some(part: Sequence[tuple[T, A]]) -> Counter[str]:
        try:
            return await settle(part)
        except Exception as error:
            if not is_outage(error):
                log.warning("of %s answers one cannot be written down: %s", len(part), fault_of(error))
            raise

    async def alone(one: tuple[T, A], _: Exception) -> Counter[str]:
        plain = bare(one[1])
        return Counter() if plain == one[1] else await settle_apart([(one[0], plain)], settle, bare)

    return sum(await halved(outcomes, some, alone=alone, is_theirs=lambda error: not is_outage(error)), Counter())


def bare_result(result: object) -> SendResult:
    """The same kind of result without what was said; what is none of the kinds tells nothing."""
    match result:
        case Sent():
            return Sent()
        case Refused(_, dead):
            return Refused(ODD, address_dead=dead is True)
        case Retry(outage=outage):
            return Retry(ODD, outage=outage is True)
        case Unknown(outage=outage):
            return Unknown(ODD, outage=outage is True)
    return Unknown(ODD)
