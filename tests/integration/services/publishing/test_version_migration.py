"""Those inside when a journey is edited: pinned they finish as they began, following they go over as planned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.errors import InvalidFiles
from kaskad.domain.journeys.journey import Journey
from tests.support.edited import HOUR, MINUTE, NAME, enter, inside_of, letter, pause, sent
from tests.support.rules import enrollments, event_journey, journey, published_anew, send, wait, with_journeys
from tests.support.stack import stack

pytestmark = pytest.mark.anyio


async def test_who_is_pinned_finishes_as_he_began_and_who_follows_goes_over(database_url: str, tmp_path: Path) -> None:
    old, new = (wait(3600), send("how_was_it")), (wait(3600), send("you_looked_at"))
    async with stack(database_url, tmp_path, edit=with_journeys(letter(*old))) as home:
        await enter(home, "anna")
        await published_anew(home, letter(*new, edits="pin"))
        await enter(home, "boris")
        await home.at(HOUR)
        await home.run(NAME)
        assert await sent(home) == [("email", "send:how_was_it"), ("email", "send:you_looked_at")]
        await enter(home, "vera")
        await published_anew(home, letter(*old, priority=10))
        await home.at(HOUR)
        await home.run(NAME)
        assert (await sent(home))[2:] == [("email", "send:how_was_it")]
        assert (await enrollments(home, NAME))[-1]["priority"] == 10


async def test_a_step_that_is_still_there_keeps_people_where_they_are(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(pause(7200), send("how_was_it")))) as home:
        await enter(home, "anna")
        await home.at(HOUR)
        await published_anew(home, letter(send("you_looked_at"), pause(5400), send("how_was_it")))
        await home.run(NAME)
        assert home.reached == [], "steps put before are not gone back to"
        await home.at(30 * MINUTE)
        await home.run(NAME)
        assert await sent(home) == [("email", "send:how_was_it")], "an hour and a half since the step began"


async def test_exits_of_the_new_version_count_also_when_they_happened_before(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(pause(7200), send("how_was_it")))) as home:
        await enter(home, "anna", "boris")
        await home.track("anna", "signed_up")
        await published_anew(home, letter(pause(7200), send("how_was_it"), leave=[{"when": "signed_up"}]))
        await home.run(NAME)
        assert [status for status, _ in await inside_of(home)] == ["left", "active"]
        await home.track("boris", "signed_up")
        await home.run(NAME)
        assert [status for status, _ in await inside_of(home)] == ["left", "left"]


async def test_what_was_queued_goes_by_the_new_version(database_url: str, tmp_path: Path) -> None:
    """Its text, its exits: nothing of it goes as the old one had it."""
    old, new = letter(send("how_was_it", name="it")), letter(send("you_looked_at", name="it"))
    async with stack(database_url, tmp_path, edit=with_journeys(old)) as home:
        await enter(home, "anna")
        assert await home.rows("SELECT 1 AS one FROM message WHERE status = 'queued'")
        await published_anew(home, new)
        await home.run(NAME)
        (message,) = await home.rows("SELECT status, message, version_id FROM message")
        (enrollment,) = await enrollments(home, NAME)
        assert message == {"status": "sent", "message": "you_looked_at", "version_id": enrollment["version_id"]}
        assert len(home.reached) == 1


async def test_what_was_queued_does_not_go_after_an_exit_of_the_new_version(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(send("how_was_it")))) as home:
        await enter(home, "anna")
        await home.track("anna", "signed_up")
        await published_anew(home, letter(send("how_was_it"), leave=[{"when": "signed_up"}]))
        await home.deliver(NAME)  # before anybody is decided about
        await home.run(NAME)
        assert home.reached == []
        assert await inside_of(home) == [("left", "send:how_was_it")]


async def test_people_at_a_step_that_is_gone_are_counted_and_nothing_is_published(
    database_url: str, tmp_path: Path
) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(pause(3600), send("how_was_it")))) as home:
        await enter(home, "anna", "boris")
        with pytest.raises(InvalidFiles) as refused:
            await published_anew(home, letter(pause(7200, "rest"), send("you_looked_at")))
        assert str(refused.value) == (
            "configs/journeys/letter.yaml:1:1: 2 people stand at wait an hour ('pause'), which is gone, and nothing "
            'says where they go: write moved: {"wait:pause": "wait:rest"}, which is wait 2 hours (\'rest\')'
        )
        assert len(await home.rows("SELECT id FROM journey_version")) == 1


async def test_a_step_that_is_gone_with_nobody_at_it_is_no_matter(database_url: str, tmp_path: Path) -> None:
    old = letter(pause(60, "short"), send("how_was_it"), pause(3600))
    async with stack(database_url, tmp_path, edit=with_journeys(old)) as home:
        await enter(home, "anna")
        await home.at(MINUTE)
        await home.run(NAME)
        await published_anew(home, letter(pause(3600), send("you_looked_at")))
        await home.at(HOUR)
        await home.run(NAME)
        assert await sent(home) == [("email", "send:how_was_it"), ("email", "send:you_looked_at")]


async def test_a_wait_that_took_the_place_of_another_counts_what_has_passed(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(pause(7200), send("how_was_it")))) as home:
        await enter(home, "anna")
        await home.at(HOUR)
        await published_anew(home, letter(pause(5400, "rest"), send("how_was_it"), moved={"wait:pause": "wait:rest"}))
        await home.run(NAME)
        assert home.reached == []
        await home.at(30 * MINUTE)
        await home.run(NAME)
        assert await sent(home) == [("email", "send:how_was_it")]


async def test_a_send_that_took_the_place_of_a_wait_is_not_stale_at_once(database_url: str, tmp_path: Path) -> None:
    brief = send("how_was_it", relevant_for={"seconds": 600})
    async with stack(database_url, tmp_path, edit=with_journeys(letter(pause(7200), brief))) as home:
        await enter(home, "anna")
        await home.at(HOUR)
        await published_anew(home, letter(brief, moved={"wait:pause": "send:how_was_it"}))
        await home.run(NAME)
        assert await sent(home) == [("email", "send:how_was_it")]


async def test_the_end_is_a_place_to_go(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(pause(7200), send("how_was_it")))) as home:
        await enter(home, "anna")
        await published_anew(home, letter(send("how_was_it"), moved={"wait:pause": "end"}))
        await home.run(NAME)
        (row,) = await enrollments(home, NAME)
        assert (row["status"], row["reason"], row["ended_at"]) == ("done", "finished", home.now)
        assert home.reached == []


async def test_who_waits_to_enter_waits_as_the_new_version_says(database_url: str, tmp_path: Path) -> None:
    def quiet(minutes: int, **said: Any) -> Journey:
        enter = {"kind": "event", "when": "app_opened", "again_after": "always", "quiet_for": {"seconds": 60 * minutes}}
        return journey(NAME, enter, edits="follow", **said)

    async with stack(database_url, tmp_path, edit=with_journeys(quiet(60))) as home:
        await enter(home, "anna")
        await published_anew(home, quiet(20, leave=[{"when": "signed_up"}]))
        await home.at(20 * MINUTE)
        await home.run(NAME)
        assert await sent(home) == [("email", "send:how_was_it")]


async def test_who_came_in_by_another_entrance_finishes_as_he_began(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(pause(3600), send("how_was_it")))) as home:
        await enter(home, "anna")
        new = event_journey(NAME, "signed_up", steps=[send("you_looked_at")], edits="follow")
        plan = (await published_anew(home, new)).plan.journeys[0]
        assert (plan.inside, plan.follow, plan.stranded) == (1, (), ())
        await home.at(HOUR)
        await home.run(NAME)
        assert await sent(home) == [("email", "send:how_was_it")]


async def test_the_story_says_that_somebody_went_over(database_url: str, tmp_path: Path) -> None:
    async with stack(database_url, tmp_path, edit=with_journeys(letter(pause(3600)))) as home:
        await enter(home, "anna")
        await published_anew(home, letter(pause(7200)))
        (noted,) = await home.rows("SELECT step, facts FROM decision WHERE kind = 'followed'")
        assert noted == {"step": "wait:pause", "facts": {"version": 2}}
