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
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
OLD = event_journey("letter", "app_opened", steps=[wait(3600), send("how_was_it")])
NEW = event_journey("letter", "app_opened", steps=[wait(60), send("you_looked_at")], leave=[{"when": "signed_up"}])


async def test_those_inside_finish_the_version_they_entered(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(OLD)) as home:
        await home.person("anna", "email")
        await home.person("boris", "email")
        await home.track("anna", "app_opened")
        await home.decide("letter")
        (journey,) = (await published_anew(home, NEW)).journeys
        assert (journey.number, journey.new) == (2, True)
        await home.track("boris", "app_opened")
        await home.decide("letter")
        await home.at(2 * MINUTE)
        await home.track("anna", "signed_up")  # an exit of the new version alone
        await home.decide("letter")
        assert len(await messages(home)) == 1
        await home.at(60 * MINUTE)
        await home.decide("letter")
        rows = await home.rows(
            "SELECT n.version_id, m.message FROM enrollment n JOIN message m ON m.enrollment_id = n.id ORDER BY n.id"
        )
        assert [row["message"] for row in rows] == ["how_was_it", "you_looked_at"]
        assert rows[0]["version_id"] < rows[1]["version_id"]


async def test_a_candidate_is_admitted_by_the_version_of_its_trigger(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(OLD)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await published_anew(home, NEW)
        await home.track("anna", "app_opened")
        await home.decide("letter")
        (row,) = await enrollments(home, "letter")
        assert row["due_at"] == home.now + 60 * MINUTE


async def test_publishing_the_same_again_makes_no_version(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(OLD)) as home:
        (again,) = (await published_anew(home, OLD)).journeys
        assert (again.number, again.new) == (1, False)
        assert len(await home.rows("SELECT 1 AS one FROM journey_version")) == 1
        await published_anew(home, NEW)
        (back,) = (await published_anew(home, OLD)).journeys
        assert (back.number, back.new) == (1, False), "an edit taken back is the version that it was"
        await home.track("anna", "app_opened")
        (row,) = await enrollments(home, "letter")
        (first,) = await home.rows("SELECT id FROM journey_version WHERE number = 1")
        assert row["version_id"] == first["id"]


async def test_what_is_never_pinned_holds_for_those_inside_at_once(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(OLD)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.decide("letter")
        home.project = home.project.model_copy(update={"policy": Policy(caps=(Cap(at_most=0, per="day"),))})
        await published_anew(home, OLD)
        await home.at(60 * MINUTE)
        done = await runner.decide_batch(home.runtime, "letter")
        assert done.held == {"cap": 1}


async def test_publishing_waits_for_decisions_under_way(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(OLD)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        gate = Gate(home.runtime)
        deciding = asyncio.create_task(runner.decide_batch(gate, "letter"))
        await gate.reached.wait()
        publishing = asyncio.create_task(published_anew(home, NEW))
        await until_blocked(home, publishing)
        assert (await home.rows("SELECT generation FROM config_generation"))[0]["generation"] == 1
        gate.opened.set()
        await deciding
        assert (await publishing).generation == 2


async def ingesting(home: Stack) -> None:
    await home.track("anna", "app_opened")


async def advancing(home: Stack) -> None:
    await runner.decide_batch(home.runtime, "letter")


async def enrolling(home: Stack) -> None:
    await manual_enrollment.enroll(home.runtime, "letter", "anna")


@pytest.mark.parametrize("deciding", [ingesting, advancing, enrolling])
async def test_nobody_decides_while_files_are_published(
    deciding: Callable[[Stack], Awaitable[None]], database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(OLD)) as home:
        await home.person("anna", "email")
        async with second_connection(home) as publisher:
            await publisher.execute("SELECT pg_advisory_xact_lock(%s)", [CONFIG_LOCK])
            task = asyncio.ensure_future(deciding(home))
            await until_blocked(home, task)  # type: ignore[arg-type]
            assert await enrollments(home, "letter") == []
            await publisher.rollback()
            await task


async def test_another_process_takes_up_what_is_published(database_url: str, tmp_path: Path) -> None:
    """Two runtimes on one database: neither is told, both look at the generation."""
    async with stack(database_url, tmp_path, edit=with_journeys(OLD)) as home:
        environment = {"KASKAD_DATABASE_URL": database_url, "KASKAD_HOME": str(tmp_path / "other")}
        async with open_runtime(settings.load_settings(ROOT, environment)) as other:
            await home.person("anna", "email")
            await runner.decide_batch(other, "letter")
            assert other.catalogue.project.policy.caps == ()
            home.project = home.project.model_copy(update={"policy": Policy(caps=(Cap(at_most=0, per="day"),))})
            await published_anew(home, NEW)
            call = home.call({"type": "track", "event": "app_opened"}, "anna", "m1", None)
            await ingest.ingest(other, "site", read_batch({"batch": [call]}, home.now, home.project))
            await runner.decide_batch(other, "letter")
            await home.at(MINUTE)
            assert (await runner.decide_batch(other, "letter")).held == {"cap": 1}
            (row,) = await home.rows("SELECT v.number FROM enrollment n JOIN journey_version v ON v.id = n.version_id")
            assert row["number"] == 2
            await pausing.set_paused(home.runtime, "letter", True)
            again = read_batch({"batch": [call | {"userId": "boris", "messageId": "m2"}]}, home.now, home.project)
            assert (await ingest.ingest(other, "site", again)).candidates == 0, "pausing is seen as well"


async def test_a_stop_waits_for_looks_and_then_nothing_of_it_is_begun(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=CARTS) as home:
        await home.person("anna", "email")
        await home.cart("anna")
        await home.at(61 * MINUTE)
        await home.decide("abandoned_cart")
        async with second_connection(home) as looking:  # a look holds the files shared
            await looking.execute("SELECT pg_advisory_xact_lock_shared(%s)", [CONFIG_LOCK])
            stopped = asyncio.create_task(emergency_stops.stop(home.runtime, "channel", "email", by="crm"))
            await until_blocked(home, stopped)
            await looking.rollback()
            await stopped
        assert (await home.deliver("abandoned_cart")).held == {"stopped": 1}
        assert home.reached == []
        assert await emergency_stops.lift(home.runtime, "channel", "email")
        await home.at(5 * MINUTE)
        assert (await home.run("abandoned_cart")).outcomes == {"sent": 1}


async def test_all_or_nothing_is_published(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(OLD)) as home, second_connection(home) as other:
        await other.execute("SELECT generation FROM config_generation FOR UPDATE")  # what publishing writes last
        publishing = asyncio.create_task(published_anew(home, NEW, event_journey("another", "signed_up")))
        await until_blocked(home, publishing)
        await other.execute(
            """SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'"""
        )
        with pytest.raises(Unavailable):
            await publishing
        assert len(await home.rows("SELECT id FROM journey_version")) == 1
        assert [row["name"] for row in await home.rows("SELECT name FROM journey")] == ["letter"]
