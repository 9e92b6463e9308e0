"""Storms of names from eight writers that are killed: the same people as by union and find, and no message twice.

`KASKAD_STORM_SECONDS=600` runs the long version.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.identities.rules import IdentityKind, IdentityRules
from kaskad.domain.journeys.project import Project
from tests.crash.naming_writer import names_of, told_by
from tests.support.mailboxes import deadlocks
from tests.support.paths import ROOT
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import Stack, running_stack

pytestmark = [pytest.mark.anyio, pytest.mark.crash]
SECONDS = float(os.environ.get("KASKAD_STORM_SECONDS", "8"))
WRITERS, EVENTS, PEOPLE = 4, 45, 12  # processes, of which each writes two things at once
KINDS = ("user_id", "card", "email", "phone", "anonymous_id")


def without_limits(project: Project) -> Project:
    """Without limits it makes no difference which of two events is stored first."""
    rules = IdentityRules(kinds=tuple(IdentityKind(name=kind) for kind in KINDS))
    hello = event_journey("hello", "app_opened", enter={"again_after": "never"})
    return with_journeys(hello)(project).model_copy(update={"identities": rules})


def components(told: list[dict[str, Any]]) -> set[frozenset[tuple[str, str]]]:
    """Who is one person, by union and find."""
    above: dict[tuple[str, str], tuple[str, str]] = {}

    def find(name: tuple[str, str]) -> tuple[str, str]:
        while above.setdefault(name, name) != name:
            name = above[name]
        return name

    for event in told:
        names = names_of(event)
        for name in names:
            above[find(name)] = find(names[0])
    return {frozenset(name for name in above if find(name) == top) for top in map(find, list(above))}


def people_of(seed: int) -> range:
    """Whom this writer names: those of its round have the same."""
    first = seed // WRITERS * PEOPLE
    return range(first, first + PEOPLE)


async def written(stack: Stack, home: Path, seed: int, chance: random.Random) -> int:
    """Starts the writer until it ends by itself; returns how often it was killed."""
    people = people_of(seed)
    command = [sys.executable, "-m", "tests.crash.naming_writer", stack.runtime.database.url, str(home)]
    command += map(str, (seed, people.start, people.stop, EVENTS))
    kills = 0
    while True:
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=asyncio.subprocess.PIPE)
        told = asyncio.create_task(process.communicate())
        if kills < 3:
            await asyncio.wait([told], timeout=chance.uniform(0.8, 2.5))
            if process.returncode is None:
                process.send_signal(signal.SIGKILL)
        _, said = await told
        if process.returncode == 0:
            return kills
        assert process.returncode == -signal.SIGKILL, said.decode()  # nobody is told that the shop is busy
        kills += 1


async def consents(stack: Stack) -> None:
    """Everybody wants to hear."""
    await stack.rows(
        """INSERT INTO consent (customer_id, purpose, granted, source, message_id, at)
           SELECT c.id, 'marketing', true, 'store', 'm', %(now)s FROM customer c
            WHERE c.id > 0 AND c.merged_into IS NULL
              AND NOT EXISTS (SELECT FROM consent k WHERE k.customer_id = c.id)""",
        now=stack.now,
    )


async def test_a_storm_of_names_gives_the_people_of_union_and_find(database_url: str, tmp_path: Path) -> None:
    chance = random.Random(7)
    until, round_, kills = time.monotonic() + SECONDS, 0, 0
    async with running_stack(database_url, tmp_path, edit=without_limits) as stack:
        before = await deadlocks(stack)
        told: list[dict[str, Any]] = []
        while not round_ or time.monotonic() < until:
            seeds = range(round_ * WRITERS, (round_ + 1) * WRITERS)
            writing = asyncio.gather(*(written(stack, tmp_path, seed, chance) for seed in seeds))
            while not writing.done():  # meanwhile the journey runs
                await consents(stack)
                await stack.run("hello")
                await asyncio.sleep(0.05)
            kills += sum(await writing)
            for seed in seeds:
                told += told_by(seed, people_of(seed), EVENTS)
            await stack.run("hello")
            rows = await stack.rows("SELECT customer_id, kind, value FROM identity")
            owners = {row["customer_id"] for row in rows}
            people = {frozenset((r["kind"], r["value"]) for r in rows if r["customer_id"] == one) for one in owners}
            assert people == components(told)
            round_ += 1
        stored = await stack.rows("SELECT message_id FROM event WHERE name <> 'customers_merged'")
        assert Counter(row["message_id"] for row in stored) == Counter(event["messageId"] for event in told)
        moved = await stack.rows("SELECT 1 FROM event JOIN customer c ON c.id = customer_id WHERE merged_into NOTNULL")
        assert moved == []
        assert kills > 0
        assert max(Counter(record.to for record in stack.reached).values()) == 1
        assert await deadlocks(stack) == before
