"""Unknowns: sends of which nobody can tell. Leases of the dead expire here; providers that can tell are asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from kaskad.channels.base import Provider
from kaskad.domain.channel import Result, Unknown
from kaskad.services.catalogue import Catalogue
from kaskad.services.sending import outcome_row
from kaskad.storage import clock, enrollments, messages
from kaskad.storage.database import Database

AT_ONCE = 200


class UnknownDeps(Protocol):
    """What settling unknowns needs."""

    @property
    def database(self) -> Database: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def providers(self) -> Mapping[str, Provider]: ...
    @property
    def lease(self) -> timedelta: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """How many leases had expired, and what the providers said of the unknowns."""

    expired: int
    outcomes: Counter[str]


@dataclass(frozen=True, slots=True)
class _Open:
    id: UUID
    fence: int
    customer: int
    provider: str
    attempt: int


async def sweep(deps: UnknownDeps) -> int:
    """Takes back what dead workers held: claimed → queued, sending → unknown. Returns how many."""
    async with deps.database.transaction() as connection:
        return len(await messages.expire_leases(connection, await clock.read(connection)))


async def resolve(deps: UnknownDeps) -> Asked:
    """Sweeps, then asks the providers of unknown messages what became of them. What they cannot tell stays unknown."""
    expired = await sweep(deps)
    outcomes: Counter[str] = Counter()
    after = UUID(int=0)
    while batch := await _batch(deps, after):
        after = batch[-1].id
        outcomes += await _ask(deps, batch)
    return Asked(expired, outcomes)


async def _batch(deps: UnknownDeps, after: UUID) -> list[_Open]:
    async with deps.database.transaction() as connection:
        cursor = await connection.execute(
            """SELECT id, fence, customer_id, provider, attempt FROM message
                WHERE status = 'unknown' AND id > %(after)s ORDER BY id LIMIT %(limit)s""",
            {"after": after, "limit": AT_ONCE},
        )
        rows: list[dict[str, Any]] = await cursor.fetchall()
    return [_Open(row["id"], row["fence"], row["customer_id"], row["provider"], row["attempt"]) for row in rows]


async def _ask(deps: UnknownDeps, batch: Sequence[_Open]) -> Counter[str]:
    answers = await asyncio.gather(*(_look_up(deps, one) for one in batch))
    told = [(one, answer) for one, answer in zip(batch, answers, strict=True) if answer is not None]
    if told:
        async with deps.database.transaction() as connection:
            await enrollments.lock_customers(connection, [one.customer for one, _ in told])
            now = await clock.read(connection)
            rows = [outcome_row(one.id, one.fence, one.attempt, answer, now) for one, answer in told]
            await messages.settle(connection, rows, now)
    counts = Counter(str(row["status"]) for row in rows) if told else Counter()
    return counts + Counter({"unknown": len(batch) - len(told)})


async def _look_up(deps: UnknownDeps, one: _Open) -> Result | None:
    provider = deps.providers.get(one.provider)
    answer = await provider.look_up(one.id) if provider else None
    return None if isinstance(answer, Unknown) else answer
