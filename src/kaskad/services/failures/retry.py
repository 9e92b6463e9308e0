"""Tries a transaction a few times if another one is in the way; then the caller has to ask again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from psycopg import errors

from kaskad.domain.errors import Unavailable
from kaskad.storage.database import Connection, Database
from kaskad.storage.delivery.promo_codes import CodeRace
from kaskad.storage.enrollments import MergeRace
from kaskad.storage.ingestion.identities import IdentityRace
from kaskad.storage.people.addresses import HolderRace

T = TypeVar("T")
# classes of SQLSTATE: values that the database never accepts
DATA_ERROR_CLASSES = ("21", "22", "23", "54")
MAX_TRIES = 3
MAX_RACES = 30  # for identities: whoever was first has finished, so that these do not stand still
MAX_DELAY = 0.05  # seconds, at most, after the first try


def is_data_error(error: errors.Error) -> bool:
    """Returns whether the values to write are wrong; else a row too large for an index would look like an outage."""
    if error.sqlstate is None:
        return isinstance(error, errors.DataError)  # the driver did not even send it
    return error.sqlstate[:2] in DATA_ERROR_CLASSES


async def run_in_transaction(database: Database, work: Callable[[Connection], Awaitable[T]]) -> T:
    """Returns what `work` returns, in a transaction of its own, committed. Raises Unavailable: nothing was done then.

    Errors about the values themselves are raised as they are.
    """
    tries = races = 0
    while tries < MAX_TRIES and races < MAX_RACES:
        if tries or races:
            delay = min(tries + races, MAX_TRIES)
            await asyncio.sleep(random.uniform(MAX_DELAY / 5, MAX_DELAY) * delay)  # noqa: S311 - jitter
        try:
            async with database.transaction() as connection:
                return await work(connection)
        except (IdentityRace, MergeRace):
            races += 1
        except (errors.LockNotAvailable, errors.DeadlockDetected, CodeRace, HolderRace):
            tries += 1
        except errors.OperationalError as error:
            if is_data_error(error):
                raise
            raise Unavailable(f"the database went away: {error}") from error
    raise Unavailable("these customers are busy; send it again")
