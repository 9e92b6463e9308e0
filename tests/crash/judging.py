"""The judge of crash tests: tells from the sandbox's record what became of people."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from kaskad.sandbox.providers import Outcome
from tests.crash.child_workers import ChildWorkers, start_workers
from tests.support.paths import ROOT
from tests.support.stack import Stack

LEASE = 2.0
TASKS = ["resolve", "advance", "deliver"]
CHANNELS = ["push", "email", "viber", "sms"]
RESTING = """
SELECT (SELECT count(*) FROM enrollment WHERE status IN ('candidate', 'active') AND due_at <= %(now)s) AS due,
       (SELECT count(*) FROM message WHERE status IN ('claimed', 'sending')) AS held,
       (SELECT count(*) FROM message WHERE status = 'queued') AS queued,
       (SELECT count(*) FROM message WHERE status = 'unknown' AND channel <> 'email') AS to_be_asked,
       (SELECT min(not_before) FROM message WHERE status = 'queued' AND not_before > %(now)s) AS again_at"""


@asynccontextmanager
async def workers_of(stack: Stack, journey: str) -> AsyncIterator[ChildWorkers]:
    """Workers of this stack."""
    config = stack.runtime.settings
    environment = {
        "KASKAD_DATABASE_URL": config.database_url,
        "KASKAD_HOME": str(config.home),
        "KASKAD_LEASE_SECONDS": str(LEASE),
    }
    plan = {"role": "worker", "project": str(ROOT), "journeys": [journey], "tasks": TASKS, "channels": CHANNELS}
    async with start_workers({**plan, "limit": 1_000, "environment": environment}) as workers:
        yield workers


async def rest(stack: Stack, seconds: float = 25) -> None:
    """Returns when nothing is left to do now; of mail nobody can be asked. Steps the clock to the next retry."""

    async def poll() -> None:
        while True:
            (row,) = await stack.rows(RESTING, now=stack.now)
            if row["again_at"]:
                await stack.at(row["again_at"])
            elif not (row["due"] or row["held"] or row["queued"] or row["to_be_asked"]):
                return
            await asyncio.sleep(0.05)

    await asyncio.wait_for(poll(), seconds)


async def received(stack: Stack, count: int, seconds: float = 15) -> None:
    """Returns when the sandbox has had so many calls. Raises TimeoutError."""

    async def poll() -> None:
        while len(stack.sandbox.received) < count:  # noqa: ASYNC110 - the sandbox tells nobody
            await asyncio.sleep(0.002)

    await asyncio.wait_for(poll(), seconds)


async def on(stack: Stack, hours: float) -> None:
    """The clock goes on, and the tills are heard."""
    await stack.at(timedelta(hours=hours))
    await stack.tills()


def calls(stack: Stack, key: str) -> list[Outcome]:
    """What the sandbox made of each call for that message."""
    return [record.outcome for record in stack.sandbox.received if record.key == key]


async def judge(stack: Stack) -> Counter[str]:
    """No key went twice, and sends and unknowns together account for all that reached anybody. Returns statuses."""
    reached = Counter(record.key for record in stack.reached)
    assert [key for key, count in reached.items() if count > 1] == []
    assert [record.key for record in stack.sandbox.received if record.outcome is Outcome.DUPLICATE] == []
    rows = await stack.rows("SELECT id, status::text AS status FROM message")
    status = {str(row["id"]): row["status"] for row in rows}
    assert {status[key] for key in reached} <= {"sent", "unknown"}
    assert {key for key, what in status.items() if what == "sent"} <= set(reached)
    assert set(status.values()) <= {"sent", "unknown", "failed", "dropped", "held"}
    return Counter(status.values())
