"""Those who go over to another step are not written to twice where the old one has written, and nothing is lost."""

from __future__ import annotations

import pytest

from kaskad.domain.channel import Channel, OutboundMessage
from kaskad.domain.errors import Rejected
from kaskad.services.publishing.approvals import roll_back
from kaskad.services.publishing.version_history import list_versions
from kaskad.storage.publishing.publications import Author
from tests.support.delivering import WatchedRenderer, watched, worker
from tests.support.edited import HOUR, MINUTE, NAME, OPENED_OR_EMAIL, enter, inside_of, letter, pause, sent
from tests.support.rules import published_anew, send, with_journeys
from tests.support.stack import OpenStack

pytestmark = pytest.mark.anyio

OLD_SEND = send("how_was_it", cascade=OPENED_OR_EMAIL)
NEW_SEND = send("you_looked_at", cascade=OPENED_OR_EMAIL)
MOVED = {"send:how_was_it": "send:you_looked_at"}


async def test_the_step_in_its_place_writes_on_no_channel_where_the_old_one_has(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(OLD_SEND)))
    await enter(stack, "anna", channels=("push", "email"))
    await stack.run(NAME)
    assert [channel for channel, _ in stack.sent()] == ["push"]
    await published_anew(stack, letter(NEW_SEND, moved=MOVED))
    await stack.run(NAME)
    assert [channel for channel, _ in stack.sent()] == ["push"], "the push is still listened for"
    await stack.at(HOUR)
    await stack.run(NAME)
    assert await sent(stack) == [("push", "send:how_was_it"), ("email", "send:you_looked_at")]
    assert await inside_of(stack) == [("done", None)]


async def test_nor_when_somebody_is_past_the_old_one(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(send("how_was_it"), pause(3600))))
    await enter(stack, "anna")
    await stack.run(NAME)
    await published_anew(stack, letter(pause(3600), send("you_looked_at"), moved=MOVED))
    await stack.at(HOUR)
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:how_was_it")]
    assert await inside_of(stack) == [("done", None)]


async def test_what_was_queued_at_the_old_step_goes_once_from_the_new_one(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(send("how_was_it"))))
    await enter(stack, "anna")
    await published_anew(stack, letter(send("you_looked_at"), moved=MOVED))
    assert [row["status"] for row in await stack.rows("SELECT status FROM message")] == ["held"]
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:you_looked_at")]
    assert len(stack.reached) == 1


async def test_what_was_claimed_goes_once_from_the_new_step(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(send("how_was_it"))))
    await enter(stack, "anna")

    async def edit() -> None:
        await published_anew(stack, letter(send("you_looked_at"), moved=MOVED))

    assert (
        await worker(stack, message_renderer=WatchedRenderer(after=edit)).deliver(Channel.EMAIL, NAME)
    ).outcomes == {}
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:you_looked_at")]
    assert len(stack.reached) == 1


@pytest.mark.parametrize("moved", [True, False])
async def test_what_is_being_sent_is_not_sent_again(moved: bool, open_stack: OpenStack) -> None:
    """The edit comes during the call: the answer counts at the step in its place, and wakes whoever stands there."""
    new = letter(send("you_looked_at"), pause(3600), moved=MOVED) if moved else letter(send("how_was_it"), pause(3600))
    stack = await open_stack(edit=with_journeys(letter(send("how_was_it"))))
    await enter(stack, "anna")

    async def edit(_: OutboundMessage) -> None:
        await published_anew(stack, new)
        await stack.decide(NAME)

    done = await worker(stack, watched(stack, "email", before=edit)).deliver(Channel.EMAIL, NAME)
    assert done.outcomes == {"sent": 1}
    await stack.run(NAME)
    assert len(stack.reached) == 1
    assert await inside_of(stack) == [("active", "wait:pause")]


async def test_an_unknown_of_the_old_step_is_waited_for_at_the_new_one(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(send("how_was_it"))))
    await enter(stack, "anna")
    await stack.rows(
        """UPDATE message SET status = 'unknown', unknown_since = %(now)s, sending_at = %(now)s,
                      ask_at = %(later)s""",
        now=stack.now,
        later=stack.now + HOUR,
    )
    await published_anew(stack, letter(send("you_looked_at"), moved=MOVED))
    await stack.run(NAME)
    assert stack.reached == []
    assert await inside_of(stack) == [("active", "send:you_looked_at")]


async def test_nobody_is_left_where_the_older_version_has_no_step(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(letter(pause(60, "short"), send("how_was_it"))))
    await published_anew(stack, letter(pause(60, "short"), pause(3600, "long"), send("how_was_it")))
    await enter(stack, "anna")
    await stack.at(MINUTE)
    await stack.decide(NAME)
    with pytest.raises(Rejected) as refused:
        await roll_back(stack.runtime, NAME, 1, moved={}, author=Author("boris"))
    assert str(refused.value) == (
        "1 person stands at wait an hour ('long'), which is gone, and nothing says where they go: "
        "--moved wait:long=send:how_was_it leads to send 'how_was_it'"
    )
    await roll_back(stack.runtime, NAME, 1, moved={"wait:long": "send:how_was_it"}, author=Author("boris"))
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:how_was_it")]


async def test_going_back_takes_those_inside_back_and_sends_once(open_stack: OpenStack) -> None:
    """To the new step and back again while the message waits in the queue: none lost, none twice."""
    stack = await open_stack(edit=with_journeys(letter(send("how_was_it"))))
    await enter(stack, "anna")
    await published_anew(stack, letter(send("you_looked_at"), moved=MOVED))
    await stack.decide(NAME)
    made = await roll_back(stack.runtime, NAME, None, moved={}, author=Author("anna"))
    assert made.published.number == 1
    await stack.run(NAME)
    assert await sent(stack) == [("email", "send:how_was_it")]
    lines = await list_versions(stack.runtime, NAME)
    assert [(line.number, line.state, line.by) for line in lines] == [(2, "past", ""), (1, "current", "")]
    log = await stack.rows('SELECT did, "by" FROM publication ORDER BY id')
    assert log[-1] == {"did": "rolled_back", "by": "anna"}
