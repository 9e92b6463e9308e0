"""Worker processes without Prefect that are told where to die. Each ends by SIGKILL: nothing is flushed or rolled back.

`python doomed.py` reads one JSON a line: `{"start": PLAN}` forks a worker (forking saves each the second of importing)
and answers with its pid; `{"wait": PID}` answers with how it ended. The engine knows nothing of points of death: they
stand in wrappers around its parts.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from psycopg import OperationalError
from sqlalchemy.exc import DBAPIError

from kaskad import settings
from kaskad.channels.base import Provider
from kaskad.domain.channel import Channel, Outgoing, Result
from kaskad.domain.errors import Unavailable
from kaskad.runtime import Runtime, opened
from kaskad.services import advance, deliver, unknowns
from kaskad.services.catalogue import Catalogue
from kaskad.services.links import Links
from kaskad.services.pace import Pace
from kaskad.services.rendering import Press
from kaskad.storage.database import Connection, Database

ROOT = Path(__file__).parents[2]
GONE = (Unavailable, OperationalError, DBAPIError, OSError)  # a database that is away comes back


def die() -> NoReturn:
    """At once, as if the machine had lost its power."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("dead")


class DoomedDatabase:
    """Dies just before (`commit-`) or just after (`commit+`) the n-th commit of this process."""

    def __init__(self, inner: Database, plan: Mapping[str, Any]) -> None:
        self._inner, self._point, self._left = inner, plan.get("point"), int(plan.get("nth", 1))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        async with self._inner.transaction() as connection:
            yield connection
            self._left -= 1
            if self._point == "commit-" and not self._left:
                die()
        if self._point == "commit+" and not self._left:
            die()


class DoomedProvider:
    """Dies before (`call`) or after (`answer`) the n-th call through it."""

    def __init__(self, inner: Provider, plan: Mapping[str, Any]) -> None:
        self._inner, self._point, self._left = inner, plan.get("point"), int(plan.get("nth", 1))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def send(self, message: Outgoing) -> Result:
        self._left -= 1
        if self._point == "call" and not self._left:
            die()
        result = await self._inner.send(message)
        if self._point == "answer" and not self._left:
            die()
        return result


@dataclass
class Parts:
    """What the services need, with the doomed ones in place."""

    runtime: Runtime
    plan: Mapping[str, Any]
    database: Any
    _doomed: dict[str, DoomedProvider] = field(default_factory=dict)

    @property
    def providers(self) -> Mapping[str, Any]:
        for name, provider in self.runtime.providers.items():
            self._doomed.setdefault(name, DoomedProvider(provider, self.plan))
        return self._doomed

    @property
    def catalogue(self) -> Catalogue:
        return self.runtime.catalogue

    @property
    def press(self) -> Press:
        return self.runtime.press

    @property
    def links(self) -> Links:
        return self.runtime.links

    @property
    def pace(self) -> Pace:
        return self.runtime.pace

    @property
    def lease(self) -> timedelta:
        return self.runtime.lease


async def work(parts: Parts) -> None:
    """One round: the tasks that the plan names, over the journey."""
    journey, limit = parts.plan["journey"], parts.plan.get("limit", 1_000)
    if "resolve" in parts.plan["tasks"]:
        await unknowns.resolve(parts)
    if "advance" in parts.plan["tasks"]:
        await advance.advance_batch(parts, journey, limit=limit)
    if "deliver" in parts.plan["tasks"]:
        for channel in map(Channel, parts.plan["channels"]):
            await deliver.deliver_batch(parts, journey, channel, limit=limit)


async def main(plan: Mapping[str, Any]) -> None:
    """Works until it is killed, or until nobody is left who would."""
    parent = os.getppid()
    async with opened(settings.load(ROOT, plan["environment"])) as runtime:
        parts = Parts(runtime, plan, DoomedDatabase(runtime.database, plan))
        ready = False
        while os.getppid() == parent:
            with suppress(*GONE):
                if not ready:
                    async with runtime.database.transaction() as connection:
                        await runtime.catalogue.refresh(connection)
                ready = True
                await work(parts)
            await asyncio.sleep(0.02)


def start(plan: Mapping[str, Any]) -> int:
    """The pid of a new worker."""
    pid = os.fork()
    if pid == 0:
        try:
            asyncio.run(main(plan))
        finally:
            os._exit(1)  # a worker that was not killed has failed
    return pid


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        said = start(asked["start"]) if "start" in asked else os.waitstatus_to_exitcode(os.waitpid(asked["wait"], 0)[1])
        print(said, flush=True)
