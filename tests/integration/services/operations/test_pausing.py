"""A paused journey takes no entries and sends nothing; clocks run on, and what expires meanwhile drops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from prefect.client.schemas.responses import DeploymentResponse

from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.services.operations import pausing
from tests.support.rules import enrollments, event_journey, published_anew, send, wait, with_journeys
from tests.support.stack import Stack, stack

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
NAME = "letter"
BRIEF = {"relevant_for": {"seconds": 1800}}
LETTER = event_journey(NAME, "app_opened", steps=[wait(3600), send("how_was_it")], leave=[{"when": "signed_up"}])
HURRIED = event_journey(NAME, "app_opened", steps=[wait(3600), send("how_was_it", **BRIEF)])


async def test_it_takes_nobody_in_and_what_happened_meanwhile_lets_nobody_in_later(
    database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await home.person("anna", "email")
        await pausing.set_paused(home.runtime, NAME, True)
        await home.track("anna", "app_opened")
        await pausing.set_paused(home.runtime, NAME, False)
        await home.at(HOUR)
        await home.run(NAME)
        assert await enrollments(home, NAME) == []


async def test_its_clocks_run_on(database_url: str, tmp_path: Path) -> None:
    """The hour's wait ends during the pause: with the end of it the message goes at once, not an hour later."""
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.run(NAME)
        await pausing.set_paused(home.runtime, NAME, True)
        await home.at(2 * HOUR)
        await home.run(NAME)
        assert home.reached == []
        await pausing.set_paused(home.runtime, NAME, False)
        await home.run(NAME)
        assert [channel for channel, _ in home.sent()] == ["email"]


@pytest.mark.parametrize("queued", [True, False])
async def test_what_expires_meanwhile_drops(queued: bool, database_url: str, tmp_path: Path) -> None:
    """The same for what was queued when the pause began as for what fell due during it."""
    async with stack(database_url, tmp_path, edit=with_journeys(HURRIED)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.run(NAME)
        if queued:
            await home.at(HOUR)
            await home.decide(NAME)
        await pausing.set_paused(home.runtime, NAME, True)
        await home.at(HOUR if queued else 2 * HOUR)
        await pausing.set_paused(home.runtime, NAME, False)
        await home.run(NAME)
        assert home.reached == []
        (row,) = await enrollments(home, NAME)
        assert row["status"] == "done"
        dropped = await home.rows("SELECT reason FROM decision WHERE kind = 'dropped'")
        assert {one["reason"] for one in dropped} == {"expired"}


async def test_who_leaves_meanwhile_has_left(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.run(NAME)
        await pausing.set_paused(home.runtime, NAME, True)
        await home.track("anna", "signed_up")
        await home.at(2 * HOUR)
        await pausing.set_paused(home.runtime, NAME, False)
        await home.run(NAME)
        (row,) = await enrollments(home, NAME)
        assert (row["status"], home.reached) == ("left", [])


async def test_an_edit_of_a_paused_journey_is_published_and_it_stays_paused(database_url: str, tmp_path: Path) -> None:
    follow = event_journey(NAME, "app_opened", steps=[wait(3600), send("how_was_it")], edits="follow")
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await home.person("anna", "email")
        await home.track("anna", "app_opened")
        await home.run(NAME)
        await pausing.set_paused(home.runtime, NAME, True)
        await published_anew(home, follow)
        await home.at(HOUR)
        await home.run(NAME)
        assert home.reached == []
        await pausing.set_paused(home.runtime, NAME, False)
        await home.run(NAME)
        assert len(home.reached) == 1


class Deployment(PrefectGateway):
    """The journey's switch in Prefect. `meanwhile` happens after it was looked at, before the answer is here."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1/api")
        self.paused = False
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def set_paused(self, name: str, paused: bool) -> None:
        self.paused = paused

    async def deployments(self, name: str | None = None) -> list[DeploymentResponse]:
        found = DeploymentResponse(name=name or NAME, flow_id=uuid4(), parameters={"journey": NAME}, paused=self.paused)
        if self.meanwhile:
            await self.meanwhile()
        return [found]


async def paused(home: Stack) -> bool:
    return (await home.rows("SELECT paused FROM journey"))[0]["paused"] is True


async def test_the_journey_follows_its_deployment(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        deployment = Deployment()
        seen = await pausing.sync_from_prefect(home.runtime, deployment, {})
        for turned in (True, False, True):
            deployment.paused = turned
            seen = await pausing.sync_from_prefect(home.runtime, deployment, seen)
            assert await paused(home) is turned


async def test_who_only_begins_to_look_at_deployments_resumes_nothing(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        await pausing.set_paused(home.runtime, NAME, True)
        await pausing.sync_from_prefect(home.runtime, Deployment(), {})
        assert await paused(home)


@pytest.mark.parametrize("at_last", [True, False])
async def test_what_prefect_said_before_a_command_does_not_undo_it(
    database_url: str, tmp_path: Path, at_last: bool
) -> None:
    """The dispatcher asks, the command turns the switch, and the answer that comes then is of before."""
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        deployment = Deployment()
        command, undone = (pausing.pause, pausing.resume) if at_last else (pausing.resume, pausing.pause)
        await undone(home.runtime, deployment, NAME)
        deployment.meanwhile = lambda: command(home.runtime, deployment, NAME)
        seen = await pausing.sync_from_prefect(home.runtime, deployment, {NAME: at_last})
        assert await paused(home) is at_last
        deployment.meanwhile = None
        await pausing.sync_from_prefect(home.runtime, deployment, seen)
        assert await paused(home) is at_last


async def test_a_pause_holds_although_the_deployment_was_looked_at_before_it_was_told(
    database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(LETTER)) as home:
        deployment = Deployment()

        class Slow(Deployment):
            async def set_paused(self, name: str, paused: bool) -> None:
                await pausing.sync_from_prefect(home.runtime, deployment, {NAME: True})

        await pausing.pause(home.runtime, Slow(), NAME)
        assert await paused(home)
