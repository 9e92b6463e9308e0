"""What is published is pinned; everybody who decides does so on one generation of the files; a stop waits for looks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from kaskad import settings
from kaskad.domain.errors import Unavailable
from kaskad.domain.journeys.policy import Cap, Policy
from kaskad.runtime import open_runtime
from kaskad.services.decisions import manual_enrollment, runner
from kaskad.services.ingestion import ingest
from kaskad.services.ingestion.segment_events import read_batch
from kaskad.services.operations import emergency_stops, pausing
from kaskad.storage.publishing.versions import CONFIG_LOCK
from tests.support.paths import ROOT
from tests.support.rules import (
    CARTS,
    Gate,
    enrollments,
    event_journey,
    messages,
    published_anew,
    second_connection,
    send,
    until_blocked,
    wait,
    with_journeys,
)
from tests.support.stack import OpenStack, Stack, running_stack

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
OLD = event_journey("letter", "app_opened", steps=[wait(3600), send("how_was_it")])
NEW = event_journey("letter", "app_opened", steps=[wait(60), send("you_looked_at")], leave=[{"when": "signed_up"}])


async def test_those_inside_finish_the_version_they_entered(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OLD))
    await stack.person("anna", "email")
    await stack.person("boris", "email")
    await stack.track("anna", "app_opened")
    await stack.decide("letter")
    (journey,) = (await published_anew(stack, NEW)).journeys
    assert (journey.number, journey.new) == (2, True)
    await stack.track("boris", "app_opened")
    await stack.decide("letter")
    await stack.at(2 * MINUTE)
    await stack.track("anna", "signed_up")  # an exit of the new version alone
    await stack.decide("letter")
    assert len(await messages(stack)) == 1
    await stack.at(60 * MINUTE)
    await stack.decide("letter")
    rows = await stack.rows(
        "SELECT n.version_id, m.message FROM enrollment n JOIN message m ON m.enrollment_id = n.id ORDER BY n.id"
    )
    assert [row["message"] for row in rows] == ["how_was_it", "you_looked_at"]
    assert rows[0]["version_id"] < rows[1]["version_id"]


async def test_a_candidate_is_admitted_by_the_version_of_its_trigger(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OLD))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await published_anew(stack, NEW)
    await stack.track("anna", "app_opened")
    await stack.decide("letter")
    (row,) = await enrollments(stack, "letter")
    assert row["due_at"] == stack.now + 60 * MINUTE


async def test_publishing_the_same_again_makes_no_version(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OLD))
    (again,) = (await published_anew(stack, OLD)).journeys
    assert (again.number, again.new) == (1, False)
    assert len(await stack.rows("SELECT 1 AS one FROM journey_version")) == 1
    await published_anew(stack, NEW)
    (back,) = (await published_anew(stack, OLD)).journeys
    assert (back.number, back.new) == (1, False), "an edit taken back is the version that it was"
    await stack.track("anna", "app_opened")
    (row,) = await enrollments(stack, "letter")
    (first,) = await stack.rows("SELECT id FROM journey_version WHERE number = 1")
    assert row["version_id"] == first["id"]


async def test_what_is_never_pinned_holds_for_those_inside_at_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OLD))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.decide("letter")
    stack.project = stack.project.model_copy(update={"policy": Policy(caps=(Cap(at_most=0, per="day"),))})
    await published_anew(stack, OLD)
    await stack.at(60 * MINUTE)
    done = await runner.decide_batch(stack.runtime, "letter")
    assert done.held == {"cap": 1}


async def test_publishing_waits_for_decisions_under_way(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(OLD))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    gate = Gate(stack.runtime)
    deciding = asyncio.create_task(runner.decide_batch(gate, "letter"))
    await gate.reached.wait()
    publishing = asyncio.create_task(published_anew(stack, NEW))
    await until_blocked(stack, publishing)
    assert (await stack.rows("SELECT generation FROM config_generation"))[0]["generation"] == 1
    gate.opened.set()
    await deciding
    assert (await publishing).generation == 2


async def ingesting(stack: Stack) -> None:
    await stack.track("anna", "app_opened")


async def advancing(stack: Stack) -> None:
    await runner.decide_batch(stack.runtime, "letter")


async def enrolling(stack: Stack) -> None:
    await manual_enrollment.enroll(stack.runtime, "letter", "anna")


@pytest.mark.parametrize("deciding", [ingesting, advancing, enrolling])
async def test_nobody_decides_while_files_are_published(
    deciding: Callable[[Stack], Awaitable[None]], open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=with_journeys(OLD))
    await stack.person("anna", "email")
    async with second_connection(stack) as publisher:
        await publisher.execute("SELECT pg_advisory_xact_lock(%s)", [CONFIG_LOCK])
        task = asyncio.ensure_future(deciding(stack))
        await until_blocked(stack, task)  # type: ignore[arg-type]
        assert await enrollments(stack, "letter") == []
        await publisher.rollback()
        await task


async def test_another_process_takes_up_what_is_published(
    database_url: str, tmp_path: Path, open_stack: OpenStack
) -> None:
    """Two runtimes on one database: neither is told, both look at the generation."""
    stack = await open_stack(edit=with_journeys(OLD))
    environment = {"KASKAD_DATABASE_URL": database_url, "KASKAD_HOME": str(tmp_path / "other")}
    async with open_runtime(settings.load_settings(ROOT, environment)) as other:
        await stack.person("anna", "email")
        await runner.decide_batch(other, "letter")
        assert other.catalogue.project.policy.caps == ()
        stack.project = stack.project.model_copy(update={"policy": Policy(caps=(Cap(at_most=0, per="day"),))})
        await published_anew(stack, NEW)
        call = stack.call({"type": "track", "event": "app_opened"}, "anna", "m1", None)
        await ingest.ingest(other, "site", read_batch({"batch": [call]}, stack.now, stack.project))
        await runner.decide_batch(other, "letter")
        await stack.at(MINUTE)
        assert (await runner.decide_batch(other, "letter")).held == {"cap": 1}
        (row,) = await stack.rows("SELECT v.number FROM enrollment n JOIN journey_version v ON v.id = n.version_id")
        assert row["number"] == 2
        await pausing.set_paused(stack.runtime, "letter", True)
        again = read_batch({"batch": [call | {"userId": "boris", "messageId": "m2"}]}, stack.now, stack.project)
        assert (await ingest.ingest(other, "site", again)).candidates == 0, "pausing is seen as well"


async def test_a_stop_waits_for_looks_and_then_nothing_of_it_is_begun(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=CARTS)
    await stack.person("anna", "email")
    await stack.cart("anna")
    await stack.at(61 * MINUTE)
    await stack.decide("abandoned_cart")
    async with second_connection(stack) as looking:  # a look holds the files shared
        await looking.execute("SELECT pg_advisory_xact_lock_shared(%s)", [CONFIG_LOCK])
        stopped = asyncio.create_task(emergency_stops.stop(stack.runtime, "channel", "email", by="crm"))
        await until_blocked(stack, stopped)
        await looking.rollback()
        await stopped
    assert (await stack.deliver("abandoned_cart")).held == {"stopped": 1}
    assert stack.reached == []
    assert await emergency_stops.lift(stack.runtime, "channel", "email")
    await stack.at(5 * MINUTE)
    assert (await stack.run("abandoned_cart")).outcomes == {"sent": 1}


async def test_all_or_nothing_is_published(database_url: str, tmp_path: Path) -> None:
    async with (
        running_stack(database_url, tmp_path, edit=with_journeys(OLD)) as stack,
        second_connection(stack) as other,
    ):
        await other.execute("SELECT generation FROM config_generation FOR UPDATE")  # what publishing writes last
        publishing = asyncio.create_task(published_anew(stack, NEW, event_journey("another", "signed_up")))
        await until_blocked(stack, publishing)
        await other.execute(
            """SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'"""
        )
        with pytest.raises(Unavailable):
            await publishing
        assert len(await stack.rows("SELECT id FROM journey_version")) == 1
        assert [row["name"] for row in await stack.rows("SELECT name FROM journey")] == ["letter"]
