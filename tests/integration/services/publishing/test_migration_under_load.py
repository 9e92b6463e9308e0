"""An edit is published while a thousand people are inside, events come in from all sides, and workers are at it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.journey import Journey
from kaskad.sandbox.providers import Outcome
from kaskad.services.decisions import runner
from kaskad.services.delivery import deliver
from tests.support.rules import event_journey, published_anew, send, wait, with_journeys
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio

PEOPLE = 1_400  # of whom a thousand are inside at the edit
POSTERS = 4
HOUR = timedelta(hours=1)
JOURNEYS = ("pinned", "followed")
TRIGGERS = {"pinned": "app_opened", "followed": "product_viewed"}
PUSH = {"channels": [{"channel": "push"}]}
PAUSE = wait(3600) | {"name": "pause"}


def letter(name: str) -> dict[str, Any]:
    return send("how_was_it", name=name)


def first_versions() -> list[Journey]:
    said: dict[str, Any] = {"cascade": PUSH, "leave": [{"when": "order_completed"}]}
    steps = [letter("first"), PAUSE, letter("second")]
    return [event_journey(name, TRIGGERS[name], steps=steps, **said) for name in JOURNEYS]


def second_versions() -> list[Journey]:
    """The pinned journey changes from the ground up; of the other one a step goes, one comes, and an exit comes."""
    exits = [{"when": "order_completed"}, {"when": "signed_up"}]
    over: dict[str, Any] = {"edits": "follow", "moved": {"send:first": "send:hello"}, "leave": exits}
    steps = [letter("hello"), PAUSE, letter("second"), letter("third")]
    return [
        event_journey("pinned", TRIGGERS["pinned"], steps=[letter("other")], cascade=PUSH, leave=exits[1:]),
        event_journey("followed", TRIGGERS["followed"], steps=steps, cascade=PUSH, **over),
    ]


class Crowd:
    """Everybody, by what they do: half of them in each journey; some come late, some buy, some sign up."""

    def __init__(self) -> None:
        self.people = [f"p{number}" for number in range(PEOPLE)]
        self.journey = {user: JOURNEYS[number % 2] for number, user in enumerate(self.people)}
        self.early, self.late = self.people[: PEOPLE * 7 // 10], self.people[PEOPLE * 7 // 10 :]
        self.buyers = set(self.early[: PEOPLE // 10])
        self.joiners = set(self.early[PEOPLE // 10 : PEOPLE // 5])

    def arrivals(self, stack: Stack) -> Iterator[dict[str, Any]]:
        for user in self.people:
            traits = {"firstName": user.title(), "timezone": "Europe/Moscow"}
            device = {"device": {"token": f"push-{user}", "type": "android"}}
            yield stack.call({"type": "identify", "traits": traits, "context": device}, user, str(uuid4()), None)
            yield track(stack, user, "consent_given", purpose="marketing")

    def enter(self, stack: Stack, some: Sequence[str]) -> list[dict[str, Any]]:
        return [track(stack, user, TRIGGERS[self.journey[user]], product_id="pepperoni") for user in some]

    def during(self, stack: Stack) -> list[dict[str, Any]]:
        """What happens while the edit is published, in an order that nobody has chosen."""
        bought = [
            track(stack, user, "order_completed", order_id=f"o-{user}", total=900) for user in sorted(self.buyers)
        ]
        joined = [track(stack, user, "signed_up", email=f"{user}@customer.example") for user in sorted(self.joiners)]
        calls = [*self.enter(stack, self.late), *bought, *joined]
        random.Random(7).shuffle(calls)
        return calls


def track(stack: Stack, user: str, event: str, **properties: Any) -> dict[str, Any]:
    return stack.call({"type": "track", "event": event, "properties": properties}, user, str(uuid4()), None)


async def posted(stack: Stack, calls: Sequence[dict[str, Any]], done: Counter[str], middle: asyncio.Event) -> None:
    for start in range(0, len(calls), 5):
        await stack.post("site", list(calls[start : start + 5]))
        done["posts"] += 1
        if start > len(calls) // 2:
            middle.set()


async def working(stack: Stack, over: asyncio.Event) -> None:
    """A worker: decides and sends, whatever is due, until told that it is over."""
    while not over.is_set():
        for name in JOURNEYS:
            await runner.decide_batch(stack.runtime, name)
            await deliver.deliver_batch(stack.runtime, name, Channel.PUSH, limit=50)


async def published_in_the_middle(stack: Stack, done: Counter[str], middle: asyncio.Event) -> int:
    """The edit, once somebody has posted half of his events; how many batches had been posted when it was done."""
    await middle.wait()
    plan = (await published_anew(stack, *second_versions())).plan
    pinned, followed = plan.journeys[1], plan.journeys[0]
    assert (pinned.follow, len(followed.follow)) == ((), 1)
    done["inside"] = pinned.inside + followed.inside
    done["at the step that goes"] = sum(
        population.people for population in followed.stood if population.step == "send:first"
    )
    return done["posts"]


async def test_an_edit_under_fire(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(*first_versions()))
    crowd, done, over, middle = Crowd(), Counter[str](), asyncio.Event(), asyncio.Event()
    arrivals = list(crowd.arrivals(stack))
    await stack.post("site", arrivals[:PEOPLE])
    await stack.post("site", arrivals[PEOPLE:])
    await stack.post("site", crowd.enter(stack, crowd.early))
    for name in JOURNEYS:  # some have had the first letter, some wait for it, some are not decided about
        await runner.decide_batch(stack.runtime, name, limit=250)
        await deliver.deliver_batch(stack.runtime, name, Channel.PUSH, limit=150)
    calls = crowd.during(stack)
    workers = [asyncio.create_task(working(stack, over)) for _ in range(2)]
    posts = [posted(stack, calls[number::POSTERS], done, middle) for number in range(POSTERS)]
    published, *_ = await asyncio.gather(published_in_the_middle(stack, done, middle), *posts)
    assert published < done["posts"], "events came in before and after"
    over.set()
    await asyncio.gather(*workers)
    for _ in range(3):
        for name in JOURNEYS:
            await stack.run(name)
        await stack.at(HOUR)
    await judge(stack, crowd)
    assert done["inside"] >= 1_000
    print(f"\n{done['inside']} inside at the edit, {done['at the step that goes']} of them at the step that goes")


async def judge(stack: Stack, crowd: Crowd) -> None:
    """Everybody ended as planned, and got each letter once."""
    rows = await stack.rows(
        """SELECT i.value AS who, n.journey, n.status, v.number, array_remove(array_agg(m.step ORDER BY m.step)
                  FILTER (WHERE m.status = 'sent'), NULL) AS sent
             FROM enrollment n JOIN journey_version v ON v.id = n.version_id
             JOIN identity i ON i.customer_id = n.customer_id AND i.kind = 'user_id'
             LEFT JOIN message m ON m.enrollment_id = n.id GROUP BY n.id, i.value, v.number"""
    )
    assert len(rows) == PEOPLE, "nobody came in twice, nobody was lost"
    for row in rows:
        held_to_account(row, crowd)
    sent = await stack.rows("SELECT id FROM message WHERE status = 'sent'")
    went = [record.key for record in stack.sandbox.received if record.outcome is Outcome.ACCEPTED]
    assert sorted(went) == sorted(str(row["id"]) for row in sent), "each message went once, and none beside them"
    assert await stack.rows("SELECT 1 AS one FROM message WHERE status IN ('queued', 'claimed', 'sending')") == []


def held_to_account(row: dict[str, Any], crowd: Crowd) -> None:
    who, sent = row["who"], row["sent"] or []
    openings = [step for step in sent if step in ("send:first", "send:hello")]
    assert len(openings) <= 1, f"{who} was greeted twice: {sent}"
    if row["journey"] == "followed":
        left = who in crowd.buyers | crowd.joiners
        gone_before = row["number"] == 1 and who in crowd.buyers
        assert row["number"] == 2 or gone_before, f"{who} was left behind"
        rest = [] if left else ["send:second", "send:third"]
    elif row["number"] == 1:
        left = who in crowd.buyers
        rest = [] if left else ["send:second"]
    else:
        assert who in crowd.late, f"{who} did not finish as he began"
        assert (row["status"], sent) == ("done", ["send:other"])
        return
    assert row["status"] == ("left" if left else "done"), f"{who}: {row}"
    assert [step for step in sent if step not in openings] == rest, f"{who}: {row}"
    assert left or len(openings) == 1, f"{who} lost the first letter: {row}"
