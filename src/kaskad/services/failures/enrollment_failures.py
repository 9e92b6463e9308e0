"""Faults: what goes wrong about one customer, and must not stop others. Tried again a few times, then quarantined."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg import Error, InterfaceError, InternalError, OperationalError
from psycopg.errors import PipelineAborted
from psycopg.types.json import Jsonb
from sqlalchemy.exc import SQLAlchemyError

from kaskad.domain.errors import TemplateError, Unavailable
from kaskad.domain.outcome import Reason
from kaskad.services.failures.retry import is_data_error
from kaskad.storage import clock
from kaskad.storage.database import Connection, Database
from kaskad.storage.queries import query

MAX_FAILURES = 3  # at one step; then the customer is set aside in this journey
FIRST_RETRY_DELAY = timedelta(minutes=1)  # before it is tried again; four times as long each time
OUTAGE_ERRORS = (Unavailable, OperationalError, InterfaceError, InternalError, SQLAlchemyError, OSError, MemoryError)
# SQLSTATE: more memory, or more temporary files, or more time than a statement may take
RESOURCE_LIMIT_STATES = frozenset({"53200", "53400", "57014"})
QUOTED_VALUES = re.compile(r"""("[^"]*"|'[^']*'|\S*[\d@]\S*)""")  # what an error quotes may be somebody's own

log = logging.getLogger(__name__)


def is_outage(error: BaseException) -> bool:
    """Whether it says nothing of anybody: a database or a network that is away, busy or full.

    Values that the database never takes are none, whatever class of error it has for them, in a commit too.
    """
    said = _database_error(error)
    if isinstance(said, PipelineAborted) or (isinstance(said, Error) and is_data_error(said)):
        return False
    return isinstance(said, OUTAGE_ERRORS)


def is_statement_failure(error: BaseException) -> bool:
    """Whether a statement itself is at fault: it cannot be answered, or takes longer or more than it may."""
    said = _database_error(error)
    state = said.sqlstate or "" if isinstance(said, Error) else ""
    return state in RESOURCE_LIMIT_STATES or not is_outage(said)


def _database_error(error: BaseException) -> BaseException:
    """What the database said; a commit wraps it up."""
    cause = (isinstance(error, Unavailable) and error.__cause__) or error
    said = getattr(cause, "orig", None)
    return said if isinstance(said, Error) else error


def describe_failure(error: BaseException) -> str:
    """The error in one sentence: its class, where it came from, and what it says without what it quotes."""
    if isinstance(error, TemplateError):
        return str(error)
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "kaskad" in frame.filename]
    where = f" in {ours[-1].name}, {ours[-1].filename.rpartition('/kaskad/')[2]}:{ours[-1].lineno}" if ours else ""
    said = _database_error(error)
    first_line = str(said).partition("\n")[0]
    return f"{type(said).__name__}{where}: {QUOTED_VALUES.sub('…', first_line)}"[:300]


async def record_failure(database: Database, enrollment: int, error: BaseException) -> None:
    """Notes that the enrollment could not be decided about."""
    fault = describe_failure(error)
    log.warning("enrollment %s: %s", enrollment, fault)
    async with database.transaction() as connection:
        row = {"enrollment": enrollment, "reason": Reason.FAULT, "detail": fault}
        await record_failures(connection, [row], await clock.read_now(connection))


async def record_failures(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """One more fault of each row's `enrollment`, with `reason` and `detail`: due later, or quarantined at the bound."""
    if rows:
        params = {"rows": Jsonb(list(rows)), "now": now, "pause": FIRST_RETRY_DELAY, "most": MAX_FAILURES}
        await connection.execute(query("record_enrollment_failures"), params)
