"""The results of a simulation, read from its database: decisions and messages, with their customers and content."""

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
    """One message that would have been sent (`sent`, `failed`), or was not (`dropped`, `held`), and why."""

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
    """One line of a customer's history; `channel` if it is about a message."""

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
    """How an enrollment ended, or at which step it is; `left_by` is the event that ended it."""

    who: str
    journey: str
    key: str
    status: str
    reason: str | None
    left_by: str | None


async def load_enrollments(database: Database) -> list[SimulatedEnrollment]:
    """Returns every enrollment, in the order of creation."""
    async with database.transaction() as connection:
        cursor = await connection.execute(query("simulation_enrollments"))
        return [SimulatedEnrollment(**row) for row in await cursor.fetchall()]


async def load_messages(database: Database) -> list[SimulatedMessage]:
    """Returns every message, in the order of their times."""
    async with database.transaction() as connection:
        cursor = await connection.execute(query("simulation_messages"))
        return [SimulatedMessage(**row) for row in await cursor.fetchall()]


async def load_decisions(database: Database) -> list[SimulatedDecision]:
    """Returns every decision, customer by customer, in order."""
    async with database.transaction() as connection:
        cursor = await connection.execute(query("simulation_decisions"))
        return [SimulatedDecision(**row) for row in await cursor.fetchall()]


def fingerprint_decisions(decided: Sequence[SimulatedDecision]) -> Counter[tuple[object, ...]]:
    """Counts what two engines must agree about: customer, journey, message, step, kind and reason."""
    return Counter(_about(decided))


def _about(decided: Sequence[SimulatedDecision]) -> Iterator[tuple[object, ...]]:
    for decision in decided:
        yield (
            decision.customer,
            decision.journey,
            decision.key,
            decision.step,
            decision.kind,
            decision.channel,
            decision.reason,
        )
