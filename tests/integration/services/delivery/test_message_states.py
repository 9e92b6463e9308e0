"""A message's life: each step of it, seen from a second connection while the provider is being called."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid5

import pytest

from kaskad.domain.channel import Channel, OutboundMessage, Refused, Sent, Unknown
from kaskad.domain.outcome import MessageStatus
from kaskad.sandbox.providers import Behaviour, Outcome, Rates
from kaskad.storage import enrollments
from tests.support.delivering import CART, everybody, queue, statuses, watched, worker
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
FUSSY = Behaviour(channels={Channel.PUSH: Rates(retry=1.0)})
QUEUED = """
SELECT id, entered_on, enrollment_id, customer_id, journey, version_id, step, message, channel, topic, purpose, sender,
       mode, priority, decided_at, counts_on, expires_at, extract(epoch FROM patience)::float AS patience
  FROM message"""


async def test_sending_is_committed_before_the_call(open_stack: OpenStack) -> None:
    seen = []

    stack = await open_stack(edit=everybody)

    async def look_from_outside(message: OutboundMessage) -> None:
        seen.extend(await stack.rows("SELECT id, status, provider, address, attempt, sent_at FROM message"))
        assert message.address == "push-kolya"

    (id_,) = await queue(stack, "kolya")
    done = await worker(stack, watched(stack, before=look_from_outside)).deliver()
    assert seen == [
        {
            "id": id_,
            "status": "sending",
            "provider": "sandbox_push",
            "address": "push-kolya",
            "attempt": 1,
            "sent_at": None,
        }
    ]
    assert done.outcomes == {"sent": 1}


async def test_nothing_is_locked_during_the_call(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)

    async def take_everything(_: OutboundMessage) -> None:
        await stack.rows("SELECT * FROM message FOR UPDATE NOWAIT")
        await stack.rows("SELECT * FROM customer FOR UPDATE NOWAIT")
        await stack.rows("SELECT * FROM enrollment FOR UPDATE NOWAIT")

    await queue(stack, "kolya")
    assert (await worker(stack, watched(stack, before=take_everything)).deliver()).outcomes == {"sent": 1}


async def test_the_id_is_made_of_enrollment_step_and_channel(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await queue(stack, "kolya")
    (row,) = await stack.rows("SELECT uid FROM enrollment")
    assert id_ == uuid5(row["uid"], "send:cart_reminder/push")
    await worker(stack).deliver()
    assert [record.key for record in stack.reached] == [str(id_)]


async def test_what_is_held_is_queued_again_under_the_same_id(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    (id_,) = await queue(stack, "kolya")
    evening = NOON.replace(hour=18)  # 21:00 in Moscow
    await stack.at(evening)
    await stack.tills()
    assert (await stack.run(CART)).held == {"send_window": 1}
    await stack.at(evening + timedelta(hours=12))
    await stack.tills()
    assert (await stack.run(CART)).outcomes == {"sent": 1}
    (row,) = await stack.rows("SELECT id, fence, attempt, reason FROM message")
    assert row == {"id": id_, "fence": 2, "attempt": 1, "reason": None}


async def test_not_processed_is_tried_again_when_the_provider_says(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=FUSSY, edit=everybody)
    (id_,) = await queue(stack, "kolya")
    assert (await stack.run(CART)).outcomes == {"queued": 1}
    (row,) = await stack.rows("SELECT status, attempt, not_before FROM message")
    assert row == {"status": "queued", "attempt": 1, "not_before": stack.now + timedelta(seconds=1)}
    stack.sandbox.behaviour = Behaviour()
    assert (await stack.run(CART)).claimed == 0, "not before the second is over"
    await stack.at(timedelta(seconds=1))
    assert (await stack.run(CART)).outcomes == {"sent": 1}
    outcomes = [(record.key, record.outcome) for record in stack.sandbox.received]
    assert outcomes == [(str(id_), Outcome.DEFERRED), (str(id_), Outcome.ACCEPTED)]


async def test_a_provider_that_never_takes_it_is_passed_over(open_stack: OpenStack) -> None:
    stack = await open_stack(behaviour=FUSSY, edit=everybody)
    await queue(stack, "kolya", channels=("push", "email"))
    for _ in range(4):
        await stack.run(CART)
        await stack.at(timedelta(seconds=1))
    assert stack.sent() == []
    await stack.run(CART)
    assert await statuses(stack) == [("push", "failed", "provider_refused"), ("email", "sent", None)]
    assert [record.outcome for record in stack.sandbox.received] == [*[Outcome.DEFERRED] * 5, Outcome.ACCEPTED]


async def test_a_dead_address_ends_the_contact_and_the_next_rung_is_tried_at_once(open_stack: OpenStack) -> None:
    behaviour = Behaviour(to={"push-kolya": Rates(refuse=1.0)})
    stack = await open_stack(behaviour=behaviour, edit=everybody)
    await queue(stack, "kolya", channels=("push", "email"))
    assert (await stack.run(CART)).outcomes == {"failed": 1, "sent": 1}
    assert stack.sent() == [("email", "kolya@customer.example")]
    contacts = await stack.rows("SELECT channel, state FROM contact ORDER BY channel")
    assert contacts == [{"channel": "email", "state": "active"}, {"channel": "push", "state": "dead"}]


async def test_a_refused_message_does_not_end_the_contact(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)

    async def refuse(_: OutboundMessage) -> Refused:
        return Refused("too long")

    await queue(stack, "kolya", channels=("push", "email"))
    await worker(stack, watched(stack, before=refuse)).deliver()
    assert [row["state"] for row in await stack.rows("SELECT state FROM contact")] == ["active", "active"]
    await stack.run(CART)
    assert stack.sent() == [("email", "kolya@customer.example")]


OUTCOMES = [
    (Sent("ref"), MessageStatus.SENT, timedelta(hours=2)),  # two hours of silence, then the next rung
    (Unknown("?"), MessageStatus.UNKNOWN, timedelta(0)),
    (Refused("no"), MessageStatus.FAILED, timedelta(0)),
]


@pytest.mark.parametrize(("answer", "status", "due_in"), OUTCOMES)
async def test_settling_says_when_to_look_again(
    answer: object, status: MessageStatus, due_in: timedelta, open_stack: OpenStack
) -> None:
    stack = await open_stack(edit=everybody)

    async def say(_: OutboundMessage) -> object:
        await stack.at(timedelta(minutes=1))  # the call takes its time: silence counts from its beginning
        return answer

    await queue(stack, "kolya")
    began = stack.now
    await worker(stack, watched(stack, before=say)).deliver()
    assert (await _message(stack))["status"] == status
    (row,) = await stack.rows("SELECT due_at FROM enrollment")
    assert row["due_at"] == (began + due_in if due_in else stack.now)


async def _message(stack: Stack) -> dict[str, object]:
    (row,) = await stack.rows("SELECT status, sent_at, sending_at, reference FROM message")
    return row


async def test_what_went_is_never_queued_again(open_stack: OpenStack) -> None:
    """Whoever may decide it once more: a message's row is there once, and for good."""
    stack = await open_stack(edit=everybody)
    await queue(stack, "kolya")
    await stack.run(CART)
    again = await stack.rows(QUEUED)
    async with stack.runtime.database.transaction() as connection:
        await enrollments.write_rows(connection, "queue_messages", again)
    assert [row["status"] for row in await stack.rows("SELECT status FROM message")] == ["sent"]
