"""Those inside when a journey is edited: pinned they finish as they began, following they go over as planned."""

from __future__ import annotations

from typing import Any

import pytest

from kaskad.domain.errors import InvalidFiles
from kaskad.domain.journeys.journey import Journey
from kaskad.services.decisions import runner
from tests.support.edited import HOUR, MINUTE, NAME, enter, inside_of, letter, pause, sent
from tests.support.rules import enrollments, event_journey, journey, published_anew, send, wait, with_journeys
from tests.support.stack import NOON, OpenStack

pytestmark = pytest.mark.anyio
AN_HOUR = {"seconds": 3600}
CALL = event_journey("call", "app_opened", enter={"quiet_for": AN_HOUR})


async def test_who_is_pinned_finishes_as_he_began_and_who_follows_goes_over(open_stack: OpenStack) -> None:
    old, new = (wait(3600), send("how_was_it")), (wait(3600), send("you_looked_at"))
    stack = await open_stack(edit=with_journeys(letter(*old)))
    await enter(stack, "anna")
    await published_anew(stack, letter(*new, edits="pin"))
    await enter(stack, "boris")
    await stack.at(HOUR)
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:how_was_it"), ("email", "send:you_looked_at")]
    await enter(stack, "vera")
    await published_anew(stack, letter(*old, priority=10))
    await stack.at(HOUR)
    await stack.run(NAME)
    assert (await sent(stack))[2:] == [("email", "send:how_was_it")]
    assert (await enrollments(stack, NAME))[-1]["priority"] == 10


async def test_a_step_that_is_still_there_keeps_people_where_they_are(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(pause(7200), send("how_was_it"))))
    await enter(stack, "anna")
    await stack.at(HOUR)
    await published_anew(stack, letter(send("you_looked_at"), pause(5400), send("how_was_it")))
    await stack.run(NAME)
    assert stack.reached == [], "steps put before are not gone back to"
    await stack.at(30 * MINUTE)
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:how_was_it")], "an hour and a half since the step began"


async def test_exits_of_the_new_version_count_also_when_they_happened_before(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(pause(7200), send("how_was_it"))))
    await enter(stack, "anna", "boris")
    await stack.track("anna", "signed_up")
    await published_anew(stack, letter(pause(7200), send("how_was_it"), leave=[{"when": "signed_up"}]))
    await stack.run(NAME)
    assert [status for status, _ in await inside_of(stack)] == ["left", "active"]
    await stack.track("boris", "signed_up")
    await stack.run(NAME)
    assert [status for status, _ in await inside_of(stack)] == ["left", "left"]


async def test_what_was_queued_goes_by_the_new_version(open_stack: OpenStack) -> None:
    """Its text, its exits: nothing of it goes as the old one had it."""
    old, new = letter(send("how_was_it", name="it")), letter(send("you_looked_at", name="it"))
    stack = await open_stack(edit=with_journeys(old))
    await enter(stack, "anna")
    assert await stack.rows("SELECT 1 AS one FROM message WHERE status = 'queued'")
    await published_anew(stack, new)
    await stack.run(NAME)
    (message,) = await stack.rows("SELECT status, message, version_id FROM message")
    (enrollment,) = await enrollments(stack, NAME)
    assert message == {"status": "sent", "message": "you_looked_at", "version_id": enrollment["version_id"]}
    assert len(stack.reached) == 1


async def test_what_was_queued_does_not_go_after_an_exit_of_the_new_version(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(send("how_was_it"))))
    await enter(stack, "anna")
    await stack.track("anna", "signed_up")
    await published_anew(stack, letter(send("how_was_it"), leave=[{"when": "signed_up"}]))
    await stack.deliver(NAME)  # before anybody is decided about
    await stack.run(NAME)
    assert stack.reached == []
    assert await inside_of(stack) == [("left", "send:how_was_it")]


async def test_people_at_a_step_that_is_gone_are_counted_and_nothing_is_published(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(pause(3600), send("how_was_it"))))
    await enter(stack, "anna", "boris")
    with pytest.raises(InvalidFiles) as refused:
        await published_anew(stack, letter(pause(7200, "rest"), send("you_looked_at")))
    assert str(refused.value) == (
        "configs/journeys/letter.yaml:1:1: 2 people stand at wait an hour ('pause'), which is gone, and nothing "
        'says where they go: write moved: {"wait:pause": "wait:rest"}, which is wait 2 hours (\'rest\')'
    )
    assert len(await stack.rows("SELECT id FROM journey_version")) == 1


async def test_a_step_that_is_gone_with_nobody_at_it_is_no_matter(open_stack: OpenStack) -> None:
    old = letter(pause(60, "short"), send("how_was_it"), pause(3600))
    stack = await open_stack(edit=with_journeys(old))
    await enter(stack, "anna")
    await stack.at(MINUTE)
    await stack.run(NAME)
    await published_anew(stack, letter(pause(3600), send("you_looked_at")))
    await stack.at(HOUR)
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:how_was_it"), ("email", "send:you_looked_at")]


async def test_a_wait_that_took_the_place_of_another_counts_what_has_passed(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(pause(7200), send("how_was_it"))))
    await enter(stack, "anna")
    await stack.at(HOUR)
    await published_anew(stack, letter(pause(5400, "rest"), send("how_was_it"), moved={"wait:pause": "wait:rest"}))
    await stack.run(NAME)
    assert stack.reached == []
    await stack.at(30 * MINUTE)
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:how_was_it")]


async def test_a_send_that_took_the_place_of_a_wait_is_not_stale_at_once(open_stack: OpenStack) -> None:
    brief = send("how_was_it", relevant_for={"seconds": 600})
    stack = await open_stack(edit=with_journeys(letter(pause(7200), brief)))
    await enter(stack, "anna")
    await stack.at(HOUR)
    await published_anew(stack, letter(brief, moved={"wait:pause": "send:how_was_it"}))
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:how_was_it")]


async def test_the_end_is_a_place_to_go(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(pause(7200), send("how_was_it"))))
    await enter(stack, "anna")
    await published_anew(stack, letter(send("how_was_it"), moved={"wait:pause": "end"}))
    await stack.run(NAME)
    (row,) = await enrollments(stack, NAME)
    assert (row["status"], row["reason"], row["ended_at"]) == ("done", "finished", stack.now)
    assert stack.reached == []


async def test_who_waits_to_enter_waits_as_the_new_version_says(open_stack: OpenStack) -> None:
    def quiet(minutes: int, **said: Any) -> Journey:
        enter = {"kind": "event", "when": "app_opened", "again_after": "always", "quiet_for": {"seconds": 60 * minutes}}
        return journey(NAME, enter, edits="follow", **said)

    stack = await open_stack(edit=with_journeys(quiet(60)))
    await enter(stack, "anna")
    await published_anew(stack, quiet(20, leave=[{"when": "signed_up"}]))
    await stack.at(20 * MINUTE)
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:how_was_it")]


async def test_who_came_in_by_another_entrance_finishes_as_he_began(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(pause(3600), send("how_was_it"))))
    await enter(stack, "anna")
    new = event_journey(NAME, "signed_up", steps=[send("you_looked_at")], edits="follow")
    plan = (await published_anew(stack, new)).plan.journeys[0]
    assert (plan.inside, plan.follow, plan.stranded) == (1, (), ())
    await stack.at(HOUR)
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:how_was_it")]


async def test_the_story_says_that_somebody_went_over(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(pause(3600))))
    await enter(stack, "anna")
    await published_anew(stack, letter(pause(7200)))
    (noted,) = await stack.rows("SELECT step, facts FROM decision WHERE kind = 'followed'")
    assert noted == {"step": "wait:pause", "facts": {"version": 2}}


async def test_a_trigger_of_the_old_version_prolongs_the_quiet_time_of_the_old_version(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(CALL))
    await stack.track("anna", "app_opened")
    await published_anew(stack, event_journey("call", "signed_up", enter={"quiet_for": AN_HOUR}))
    await stack.at(30 * MINUTE)
    await stack.track("anna", "app_opened")
    await stack.at(31 * MINUTE)
    assert (await runner.decide_batch(stack.runtime, "call")).entered == 0
    (row,) = await enrollments(stack, "call")
    assert row["entered_at"] == NOON + 30 * MINUTE
