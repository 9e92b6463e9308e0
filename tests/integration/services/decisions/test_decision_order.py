"""All that somebody has due is decided together, best first: caps and priorities hold across journeys and workers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

import pytest

from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.policy import Cap
from kaskad.services.decisions import runner
from kaskad.services.operations import pausing
from tests.support.rules import Edit, Gate, customer_of, enrollments, event_journey, messages, send, wait, with_journeys
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio

LOUD = event_journey("loud", "signed_up", priority=90)
QUIET = event_journey("quiet", "app_opened", priority=10)
PAIR = (QUIET, LOUD)
HOT = 500


def once_a_day(over: Literal["wait", "skip"], journeys: Sequence[Journey] = PAIR, at_most: int = 1) -> Edit:
    """These journeys under a cap per day."""
    return with_journeys(*journeys, caps=[Cap(at_most=at_most, per="day", over=over)])


async def both_due(stack: Stack) -> None:
    """One person with something due in both journeys, the less important one first."""
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    await stack.at(timedelta(minutes=1))
    await stack.track("anna", "signed_up")


async def test_of_two_due_the_more_important_goes_and_the_other_waits(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=once_a_day("wait"))
    await both_due(stack)
    done = await runner.decide_batch(stack.runtime, "quiet")
    assert (done.people, done.decided) == (1, 2), "all that the person has due, in every journey"
    assert done.queued == {"loud": {"email": 1}}
    assert done.held == {"cap": 1}
    (waiting,) = await enrollments(stack, "quiet")
    midnight = stack.now.replace(hour=21, minute=0)  # in Moscow
    assert (waiting["status"], waiting["due_at"]) == ("active", midnight)
    await stack.run("loud")
    await stack.at(midnight)
    await stack.run("quiet")
    assert await messages(stack) == [("loud", "sent"), ("quiet", "sent")]


async def test_of_two_due_the_other_is_skipped_where_the_cap_says_so(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=once_a_day("skip"))
    await both_due(stack)
    done = await runner.decide_batch(stack.runtime, "quiet")
    assert done.queued == {"loud": {"email": 1}}
    (skipped,) = await enrollments(stack, "quiet")
    assert skipped["status"] == "done"


async def test_what_an_earlier_pass_queued_counts_as_well(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=once_a_day("wait"))
    await stack.person("anna", "email")
    await stack.track("anna", "signed_up")
    await stack.decide("loud")
    await stack.at(timedelta(minutes=1))
    await stack.track("anna", "app_opened")
    assert (await runner.decide_batch(stack.runtime, "quiet")).held == {"cap": 1}
    assert await messages(stack) == [("loud", "queued")]


async def many_due(stack: Stack, user: str, count: int) -> None:
    """Gives one customer many candidates of the journey `hot`, all due before anybody else's."""
    (version,) = await stack.rows("SELECT version_id FROM journey WHERE name = 'hot'")
    await stack.rows(
        """INSERT INTO enrollment (customer_id, journey, version_id, status, key, sender, purpose, priority, entry,
                                   entry_message_id, entered_at, last_trigger_at, due_at)
           SELECT %(customer)s, 'hot', %(version)s, 'candidate', 'o' || i, 'shop', 'marketing', 50, '{}', '',
                  t.at, t.at, t.at
             FROM generate_series(1, %(count)s) AS i, (SELECT %(at)s::timestamptz) AS t(at)""",
        customer=await customer_of(stack, user),
        version=version["version_id"],
        count=count,
        at=stack.now - timedelta(hours=1),
    )


async def test_a_hot_customer_breaks_no_cap_and_starves_nobody(open_stack: OpenStack) -> None:
    journeys = [event_journey("hot", "order_completed", enter={"once_per": "order"})]
    stack = await open_stack(edit=once_a_day("wait", journeys, 2))
    others = [f"other{number}" for number in range(5)]
    for user in ("hot", *others):
        await stack.person(user, "email")
    for user in others:
        await stack.track(user, "order_completed", order_id=f"o-{user}")
    await many_due(stack, "hot", HOT)
    first = await runner.decide_batch(stack.runtime, "hot", limit=100)
    assert (first.people, first.decided) == (1, HOT), "a batch full of one person takes all that is due there"
    second = await runner.decide_batch(stack.runtime, "hot", limit=100)
    assert second.people == len(others), "nobody waits behind what waits for tomorrow"
    rows = await stack.rows("SELECT customer_id, count(*) AS n FROM message GROUP BY customer_id ORDER BY customer_id")
    assert Counter(row["n"] for row in rows) == {2: 1, 1: 5}


async def test_two_workers_decide_about_one_person_once(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=once_a_day("wait"))
    await both_due(stack)
    gates = [Gate(stack.runtime), Gate(stack.runtime)]
    slow = asyncio.create_task(runner.decide_batch(gates[0], "quiet"))
    await gates[0].reached.wait()
    gates[1].opened.set()
    other = await runner.decide_batch(gates[1], "loud")
    assert (other.people, other.busy) == (0, True)
    gates[0].opened.set()
    assert (await slow).decided == 2
    rows = await stack.rows("SELECT journey, kind FROM decision ORDER BY id")
    kinds = Counter((row["journey"], row["kind"]) for row in rows)
    assert kinds == {("loud", "entered"): 1, ("loud", "queued"): 1, ("quiet", "entered"): 1, ("quiet", "held"): 1}
    assert await messages(stack) == [("loud", "queued")]


async def test_what_a_pass_decides_for_another_journey_is_its_own_to_deliver(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=once_a_day("wait", PAIR, 2))
    await both_due(stack)
    done = await runner.decide_batch(stack.runtime, "quiet")
    assert done.queued == {"loud": {"email": 1}, "quiet": {"email": 1}}
    assert (await stack.deliver("quiet")).outcomes == {"sent": 1}
    assert (await stack.deliver("loud")).outcomes == {"sent": 1}


async def test_a_paused_journey_is_decided_by_nobodys_pass(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=once_a_day("wait"))
    await both_due(stack)
    await pausing.set_paused(stack.runtime, "loud", True)
    done = await runner.decide_batch(stack.runtime, "quiet")
    assert done.queued == {"quiet": {"email": 1}}
    assert [row["status"] for row in await enrollments(stack, "loud")] == ["candidate"]


async def test_what_was_queued_for_whoever_left_goes_no_more(open_stack: OpenStack) -> None:
    leaving = event_journey(
        "leaving", "signed_up", leave=[{"when": "order_completed"}], steps=[wait(60), send("how_was_it")]
    )
    stack = await open_stack(edit=with_journeys(leaving))
    await stack.person("anna", "email")
    await stack.track("anna", "signed_up")
    await stack.decide("leaving")
    await stack.at(timedelta(minutes=2))
    await stack.decide("leaving")
    assert await messages(stack) == [("leaving", "queued")]
    await stack.track("anna", "order_completed", order_id="o1")
    await stack.decide("leaving")
    assert await messages(stack) == [("leaving", "dropped")]
