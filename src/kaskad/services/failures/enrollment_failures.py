"""Failures about one customer, which must not stop others. Retried a few times, then quarantined."""

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

MAX_FAILURES = 3  # at one step; then the enrollment is quarantined
FIRST_RETRY_DELAY = timedelta(minutes=1)  # before a retry; four times as long each time
OUTAGE_ERRORS = (Unavailable, OperationalError, InterfaceError, InternalError, SQLAlchemyError, OSError, MemoryError)
# SQLSTATE: more memory, or more temporary files, or more time than a statement may take
RESOURCE_LIMIT_STATES = frozenset({"53200", "53400", "57014"})
QUOTED_VALUES = re.compile(r"""("[^"]*"|'[^']*'|\S*[\d@]\S*)""")  # values quoted by an error may be personal data

log = logging.getLogger(__name__)


def is_outage(error: BaseException) -> bool:
    """Returns whether the error says nothing of a single customer: a database or network is away, busy or full.

    Values that the database never accepts are no outage, whatever class of error it reports, also in a commit.
    """
    said = _database_error(error)
    if isinstance(said, PipelineAborted) or (isinstance(said, Error) and is_data_error(said)):
        return False
    return isinstance(said, OUTAGE_ERRORS)


def is_statement_failure(error: BaseException) -> bool:
    """Returns whether the statement is at fault: it fails, or takes longer or needs more than it may."""
    said = _database_error(error)
    state = said.sqlstate or "" if isinstance(said, Error) else ""
    return state in RESOURCE_LIMIT_STATES or not is_outage(said)


def _database_error(error: BaseException) -> BaseException:
    """Returns the database's own error; a commit wraps it, and so does whoever tries a transaction again."""
    cause = (isinstance(error, Unavailable) and error.__cause__) or error
    said = getattr(cause, "orig", cause)
    return said if isinstance(said, Error) else error


def describe_failure(error: BaseException) -> str:
    """Returns the error in one sentence: its class, where it was raised, and its text without quoted values."""
    if isinstance(error, TemplateError):
        return str(error)
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "kaskad" in frame.filename]
    where = f" in {ours[-1].name}, {ours[-1].filename.rpartition('/kaskad/')[2]}:{ours[-1].lineno}" if ours else ""
    said = _database_error(error)
    first_line = str(said).partition("\n")[0]
    return f"{type(said).__name__}{where}: {QUOTED_VALUES.sub('…', first_line)}"[:300]


async def record_failure(database: Database, enrollment: int, error: BaseException) -> None:
    """Records that the decision about the enrollment failed."""
    fault = describe_failure(error)
    log.warning("enrollment %s: %s", enrollment, fault)
    async with database.transaction() as connection:
        row = {"enrollment": enrollment, "reason": Reason.FAULT, "detail": fault}
        await record_failures(connection, [row], await clock.read_now(connection))


async def record_failures(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Adds a failure to each row's `enrollment`, with `reason` and `detail`: due later, or quarantined at the limit."""
    if rows:
        params = {"rows": Jsonb(list(rows)), "now": now, "pause": FIRST_RETRY_DELAY, "most": MAX_FAILURES}
        await connection.execute(query("record_enrollment_failures"), params)
