"""What the tests of the protocol's rules share: small journeys, a second connection, and barriers inside Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from kaskad.channels.base import Provider
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.policy import Cap, Policy
from kaskad.domain.journeys.project import Project
from kaskad.runtime import Runtime
from kaskad.services.catalogue import Catalogue
from kaskad.services.publishing import publish
from kaskad.storage.database import Connection, Database
from kaskad.storage.publishing.versions import PublishedVersion
from tests.support.shipped import shipped_draft
from tests.support.stack import Stack

HOUR = {"seconds": 3600}
EMAIL_ONLY = {"channels": [{"channel": "email"}]}
Edit = Callable[[Project], Project]


def event_journey(name: str, when: str, *, steps: list[dict[str, Any]] | None = None, **said: Any) -> Journey:
    """A journey by e-mail that an event lets people into; `enter` adds to its entrance."""
    enter = {"kind": "event", "when": when, "again_after": "always"} | said.pop("enter", {})
    return journey(name, enter, steps=steps or [send("how_was_it")], **said)


def journey(name: str, enter: dict[str, Any], **said: Any) -> Journey:
    """A journey by e-mail, of one send where nothing else is said."""
    document = {
        "name": name,
        "title": name,
        "owner": "crm@shop.example",
        "topic": "service",
        "cascade": EMAIL_ONLY,
        "enter": enter,
        "steps": [send("how_was_it")],
    }
    return Journey.model_validate(document | said)


def send(message: str, **said: Any) -> dict[str, Any]:
    """A step that sends."""
    return {"kind": "send", "message": message} | said


def wait(seconds: int) -> dict[str, Any]:
    """A step in which time passes."""
    return {"kind": "wait", "for": {"seconds": seconds}}


def compare(path: str, op: str, value: Any, kind: str) -> dict[str, Any]:
    """A path against a value."""
    return {"kind": "compare", "path": path, "op": op, "value": value, "type": kind}


def with_journeys(*journeys: Journey, keep: Iterable[str] = (), caps: Iterable[Cap] = ()) -> Edit:
    """The shipped project with these journeys, and those of its own that are to be kept, at ease; no quiet hours."""
    kept = tuple(keep)

    def edit(project: Project) -> Project:
        own = {name: at_ease(project.journeys[name]) for name in kept}
        update = {"journeys": own | {journey.name: journey for journey in journeys}, "policy": Policy(caps=tuple(caps))}
        return project.model_copy(update=update)

    return edit


def at_ease(journey: Journey) -> Journey:
    """The journey as shipped, without what would keep a test's few people out by chance."""
    return journey.model_copy(update={"holdout": Decimal(0), "fresh_data": {}})


CARTS = with_journeys(keep=["abandoned_cart"])


async def published_anew(stack: Stack, *journeys: Journey) -> publish.Publication:
    """Publishes the project with these journeys in place of its own."""
    compiled = shipped_draft().compiled
    stack.project = stack.project.model_copy(update={"journeys": {journey.name: journey for journey in journeys}})
    return await publish.publish(stack.runtime, stack.project, compiled)


async def enrollments(stack: Stack, journey: str) -> list[dict[str, Any]]:
    """The journey's enrollments, oldest first."""
    return await stack.rows("SELECT * FROM enrollment WHERE journey = %(name)s ORDER BY id", name=journey)


async def statuses(stack: Stack, journey: str) -> list[str]:
    """Where everybody of the journey stands, oldest enrollment first."""
    return [row["status"] for row in await enrollments(stack, journey)]


async def messages(stack: Stack) -> list[tuple[str, str]]:
    """(journey, status) of every message, in the order in which they were decided."""
    rows = await stack.rows("SELECT journey, status FROM message ORDER BY decided_at, journey, id")
    return [(row["journey"], row["status"]) for row in rows]


async def customer_of(stack: Stack, user: str) -> int:
    """The customer with that user id."""
    (row,) = await stack.rows("SELECT customer_id FROM identity WHERE kind = 'user_id' AND value = %(u)s", u=user)
    found: int = row["customer_id"]
    return found


@asynccontextmanager
async def second_connection(stack: Stack) -> AsyncIterator[AsyncConnection[DictRow]]:
    """A connection of somebody else's; what it began is rolled back at the end."""
    connection = await AsyncConnection.connect(stack.runtime.database.url, row_factory=dict_row)
    try:
        yield connection
    finally:
        await connection.rollback()
        await connection.close()


@asynccontextmanager
async def holding(stack: Stack, *customers: int) -> AsyncIterator[AsyncConnection[DictRow]]:
    """Somebody else's transaction that holds these customers until the end."""
    async with second_connection(stack) as connection:
        await connection.execute("SELECT 1 FROM customer WHERE id = ANY(%s) FOR NO KEY UPDATE", [list(customers)])
        yield connection


async def until_blocked(stack: Stack, task: asyncio.Task[Any]) -> datetime:
    """When the transaction began that waits for a lock, as soon as one does. Fails when the task ends before."""
    async with second_connection(stack) as connection:
        await connection.set_autocommit(True)
        while True:
            cursor = await connection.execute(
                """SELECT xact_start FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock' ORDER BY xact_start LIMIT 1"""
            )
            if row := await cursor.fetchone():
                began: datetime = row["xact_start"]
                return began
            assert not task.done(), f"nothing was waited for: {task}"
            await asyncio.sleep(0.005)


class Gate(Catalogue):
    """What a worker needs, and a stop: inside its transaction, with its people locked, until the test opens it."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__()
        self.runtime = runtime
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    @property
    def database(self) -> Database:
        """The stack's own."""
        return self.runtime.database

    @property
    def providers(self) -> Mapping[str, Provider]:
        """The stack's own."""
        return self.runtime.providers

    @property
    def catalogue(self) -> Catalogue:
        """Itself."""
        return self

    async def version(self, connection: Connection, version_id: int) -> PublishedVersion:
        """The version, once the gate is open."""
        self.reached.set()
        await self.opened.wait()
        return await super().version(connection, version_id)
