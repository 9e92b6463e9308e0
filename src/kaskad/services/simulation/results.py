"""What came of a performance, read from its database: decisions and messages, with whom and what they were about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kaskad.storage.database import Database
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class SimulatedMessage:
    """One message that would have gone (`sent`, `failed`), or did not (`dropped`, `held`), and why."""

    customer: int
    who: str
    journey: str
    key: str
    step: str
    message: str
    channel: str
    status: str
    reason: str | None
    at: datetime
    went: bool
    cost: Decimal


@dataclass(frozen=True, slots=True)
class SimulatedDecision:
    """One line of somebody's story; `channel` where a message was decided on."""

    customer: int
    who: str
    journey: str
    key: str
    step: str | None
    kind: str
    reason: str | None
    channel: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SimulatedEnrollment:
    """How somebody's way through a journey ended, or where they stand; `left_by` is the event that ended it."""

    who: str
    journey: str
    key: str
    status: str
    reason: str | None
    left_by: str | None


async def load_enrollments(database: Database) -> list[SimulatedEnrollment]:
    """Every enrollment, in the order in which they came."""
    async with database.transaction() as connection:
        cursor = await connection.execute(query("simulation_enrollments"))
        return [SimulatedEnrollment(**row) for row in await cursor.fetchall()]


async def load_messages(database: Database) -> list[SimulatedMessage]:
    """Every message, in the order of their times."""
    async with database.transaction() as connection:
        cursor = await connection.execute(query("simulation_messages"))
        return [SimulatedMessage(**row) for row in await cursor.fetchall()]


async def load_decisions(database: Database) -> list[SimulatedDecision]:
    """Every decision, customer by customer, in order."""
    async with database.transaction() as connection:
        cursor = await connection.execute(query("simulation_decisions"))
        return [SimulatedDecision(**row) for row in await cursor.fetchall()]


def fingerprint_decisions(decided: Sequence[SimulatedDecision]) -> Counter[tuple[object, ...]]:
    """What two engines must agree about: who, in which journey, about what, at which step, how, and why."""
    return Counter(_about(decided))


def _about(decided: Sequence[SimulatedDecision]) -> Iterator[tuple[object, ...]]:
    for one in decided:
        yield (one.customer, one.journey, one.key, one.step, one.kind, one.channel, one.reason)
