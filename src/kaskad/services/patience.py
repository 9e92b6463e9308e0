"""Three tries where somebody else was in the way; then the caller has to ask again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from psycopg import errors

from kaskad.domain.errors import Unavailable
from kaskad.storage.customers import IdentityRace
from kaskad.storage.database import Connection, Database
from kaskad.storage.promos import CodeRace

T = TypeVar("T")
TRIES = 3
PAUSE = 0.05  # seconds, at the most, after the first try


async def patiently(database: Database, work: Callable[[Connection], Awaitable[T]]) -> T:
    """What `work` returns, in a transaction of its own, committed. Raises Unavailable: nothing was done then."""
    for attempt in range(TRIES):
        if attempt:
            await asyncio.sleep(random.uniform(PAUSE / 5, PAUSE) * attempt)  # noqa: S311 - jitter
        try:
            async with database.transaction() as connection:
                return await work(connection)
        except (errors.LockNotAvailable, errors.DeadlockDetected, IdentityRace, CodeRace):
            continue
        except errors.OperationalError as error:
            raise Unavailable(f"the database went away: {error}") from error
    raise Unavailable("these customers are busy; send it again")
