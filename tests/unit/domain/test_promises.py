"""The promises, attacked: a machine that buys, withdraws, answers late, dies and turns clocks as it likes.

`KASKAD_EXAMPLES=5000 pytest tests/unit/domain/test_promises.py` looks for longer.
"""

from __future__ import annotations

import os
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import promises
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pure_journeys import CAPS, QUIET, STARTS, VERSIONS, shop
from pure_ledger import Event, Message
from pure_world import World

from kaskad.domain.channel import Channel
from kaskad.domain.doubt import ByKey, Closed, DecideAgain, Doubt, settle_doubt
from kaskad.domain.facts import Consent
from kaskad.domain.moves import Noted
from kaskad.domain.outcome import MessageStatus

HAPPENINGS = ("cart_updated", "cart_updated", "product_viewed", "order_paid", "asked", "order_completed")
AGO = st.sampled_from([0, 0, 0, 1, 30, 90, 600, 2000]).map(lambda minutes: timedelta(minutes=minutes))
AHEAD = st.sampled_from([1, 20, 61, 61, 121, 300, 721, 1441, 1441, 3000, 10_081]).map(lambda m: timedelta(minutes=m))
CHANNELS = st.sampled_from([Channel.PUSH, Channel.EMAIL, Channel.SMS])
ANSWERS = ("sent", "sent", "sent", "sent", "failed", "unknown", "retry", "dead", "none")
# Between a claim and its look: nothing, an event, time, a withdrawal, a word on the topic, the shelf.
WITHDRAWALS = [Channel.PUSH, Channel.EMAIL, ("carts", False), ("carts", True)]
TIMES = [timedelta(minutes=20), timedelta(hours=5), timedelta(hours=10), timedelta(hours=31), timedelta(days=3)]
BETWEEN = st.sampled_from([None, None, None, None, "order_completed", *WITHDRAWALS, *TIMES, [False], [None]])
RETRY_AFTER = timedelta(seconds=30)
KEEPS_KEYS = timedelta(hours=1)
MOST_PASSES = 40


class Promises(RuleBasedStateMachine):
    """One customer, four journeys."""

    @initialize(
        start=st.sampled_from(STARTS),
        caps=st.sampled_from(CAPS),
        quiet=st.sampled_from(QUIET),
        first=st.sets(st.sampled_from(("cart_updated", "product_viewed", "order_paid", "asked")), min_size=1),
    )
    def begins(self, start, caps, quiet, first) -> None:  # type: ignore[no-untyped-def]
        zone, now = start
        consents = [Consent(None, None, True, now - timedelta(days=9))]
        contacts = dict.fromkeys((Channel.PUSH, Channel.EMAIL, Channel.SMS), "active")
        self.world = World(zone, shop(caps, quiet), VERSIONS, now, contacts, consents, heard={"store": now})
        for name in sorted(first):
            self.happens(name, timedelta(0))

    def waiting(self, *statuses: MessageStatus) -> list[Message]:
        return [m for m in self.world.messages.values() if m.status in statuses]

    def any_of(self, *statuses: MessageStatus) -> bool:
        return bool(self.waiting(*statuses))

    # What happens

    @rule(ahead=AHEAD, between=BETWEEN, ago=AGO, answers=st.lists(st.sampled_from(ANSWERS), min_size=4, max_size=4))
    def the_house_runs(self, ahead: timedelta, between: object, ago: timedelta, answers: list[str]) -> None:
        """Time goes by, all that is due is decided and sent; and something happens between the claims and the looks."""
        self.world.now += ahead
        self.passes()
        for message in self.waiting(MessageStatus.QUEUED):
            if message.not_before <= self.world.now:
                message.status = MessageStatus.CLAIMED
        match between:
            case str():
                self.happens(between, ago)
            case timedelta():
                self.world.now += between
            case Channel():
                self.says(between, None, False, timedelta(0))
            case "carts" as topic, bool(granted):
                self.says(None, topic, granted, timedelta(0))
            case [truth]:
                self.the_shelf_changes(truth)
        for message in self.waiting(MessageStatus.CLAIMED):
            self.look(message)
        for message, said in zip(self.waiting(MessageStatus.SENDING), answers, strict=False):
            self.answer(message, said)
        self.passes()

    @rule(name=st.sampled_from(HAPPENINGS), ago=AGO)
    def happens(self, name: str, ago: timedelta) -> None:
        self.world.happens(Event(len(self.world.events), name, self.world.now - ago))

    @rule(told=st.lists(st.tuples(st.sampled_from(HAPPENINGS), AGO), min_size=2, max_size=5), data=st.data())
    def arrives_in_any_order(self, told: list[tuple[str, timedelta]], data: st.DataObject) -> None:
        """The same events in another order: the same decisions, as long as none fell due in between."""
        first = len(self.world.events)
        events = [Event(first + number, name, self.world.now - ago) for number, (name, ago) in enumerate(told)]
        other = deepcopy(self.world)
        for event in events:
            self.world.happens(event)
        for event in data.draw(st.permutations(events)):
            other.happens(event)
        self.passes()
        self.passes(other)
        assert _of(self.world) == _of(other), "the order of arrival does not matter"

    @rule(ahead=AHEAD)
    def time_goes_by(self, ahead: timedelta) -> None:
        self.world.now += ahead

    @rule(channel=st.none() | CHANNELS, topic=st.sampled_from([None, "carts"]), granted=st.booleans(), ago=AGO)
    def says(self, channel: Channel | None, topic: str | None, granted: bool, ago: timedelta) -> None:
        self.world.consents.append(Consent(channel, topic, granted, self.world.now - ago))

    @rule(truth=st.sampled_from([True, True, False, None]))
    def the_shelf_changes(self, truth: bool | None) -> None:
        self.world.in_stock = truth

    @rule()
    def the_tills_are_heard(self) -> None:
        self.world.heard = {"store": self.world.now}

    # What the engine does

    @rule()
    def a_pass(self) -> None:
        self.passes()

    def passes(self, world: World | None = None) -> None:
        """All that is due is decided, until nothing is due any more."""
        world = world or self.world
        for _ in range(MOST_PASSES):
            due = world.due()
            for one in due:
                self.decides(world, one.id)
            if not due:
                return promises.nobody_is_forgotten(world)
        raise AssertionError("it does not come to rest")

    def decides(self, world: World, id_: int) -> None:
        one = world.settled(world.enrollments[id_])
        facts = world.facts(one)
        decision = world.decided(one, facts)
        person = replace(
            facts.person, consents=facts.person.consents[::-1], touches=facts.person.touches[::-1]
        )
        turned = replace(facts, person=person, attempts={step: tried[::-1] for step, tried in facts.attempts.items()})
        assert world.decided(one, turned) == decision, "nor does the order in which facts are read"
        if any(note.kind is Noted.ENTERED for note in decision.notes):
            promises.who_enters_was_quiet(world, one.entered_at, one.journey)
        if decision.queue:
            key = one.id, decision.queue.step, decision.queue.channel
            there = world.messages.get(key)
            assert there is None or there.status is MessageStatus.HELD, "never two messages of one step and channel"
        world.write(decision)
        if decision.queue:
            promises.the_cascade_waits(world, world.messages[key])

    @precondition(lambda self: self.any_of(MessageStatus.QUEUED))
    @rule(data=st.data())
    def claimed(self, data: st.DataObject) -> None:
        ready = [m for m in self.waiting(MessageStatus.QUEUED) if m.not_before <= self.world.now]
        if ready:
            data.draw(st.sampled_from(ready)).status = MessageStatus.CLAIMED

    @precondition(lambda self: self.any_of(MessageStatus.CLAIMED))
    @rule(data=st.data())
    def looked_at(self, data: st.DataObject) -> None:
        self.look(data.draw(st.sampled_from(self.waiting(MessageStatus.CLAIMED))))

    def look(self, message: Message) -> None:
        if self.world.look(message) is None:
            promises.whoever_is_called(self.world, message)

    @precondition(lambda self: self.any_of(MessageStatus.CLAIMED, MessageStatus.SENDING))
    @rule()
    def the_worker_dies(self) -> None:
        for message in self.waiting(MessageStatus.CLAIMED):
            message.status = MessageStatus.QUEUED
        for message in self.waiting(MessageStatus.SENDING):
            self.world.settle(message, MessageStatus.UNKNOWN)

    # What providers say

    @precondition(lambda self: self.any_of(MessageStatus.SENDING))
    @rule(data=st.data(), said=st.sampled_from(ANSWERS))
    def answers(self, data: st.DataObject, said: str) -> None:
        self.answer(data.draw(st.sampled_from(self.waiting(MessageStatus.SENDING))), said)

    def answer(self, message: Message, said: str) -> None:
        if said == "none":
            return
        if said == "retry":
            message.calls.pop()  # it says that it did not process it
            message.status, message.not_before = MessageStatus.QUEUED, self.world.now + RETRY_AFTER
            return
        if said == "dead":
            self.world.contacts = {**self.world.contacts, message.queue.channel: "dead"}
        self.world.settle(message, MessageStatus("failed" if said == "dead" else said))

    @precondition(lambda self: self.any_of(MessageStatus.SENT, MessageStatus.UNKNOWN, MessageStatus.SENDING))
    @rule(data=st.data(), kind=st.sampled_from(["delivered", "opened", "failed"]), ago=AGO)
    def a_receipt(self, data: st.DataObject, kind: str, ago: timedelta) -> None:
        """Late, early, or told again."""
        of = (MessageStatus.SENT, MessageStatus.UNKNOWN, MessageStatus.SENDING)
        message = data.draw(st.sampled_from(self.waiting(*of)))
        at = max(self.world.now - ago, message.sending_at or self.world.now)
        if kind == "failed":
            self.world.settle(message, MessageStatus.FAILED)
        else:
            setattr(message, f"{kind}_at", min(getattr(message, f"{kind}_at") or at, at))
            if message.status is not MessageStatus.SENT:
                self.world.settle(message, MessageStatus.SENT)
        self.world.wake(message.enrollment)

    @precondition(lambda self: self.any_of(MessageStatus.UNKNOWN))
    @rule(data=st.data(), said=st.sampled_from(["sent", "failed", "never came", "nobody knows", "nobody knows"]))
    def an_unknown_is_asked_about(self, data: st.DataObject, said: str) -> None:
        message = data.draw(st.sampled_from(self.waiting(MessageStatus.UNKNOWN)))
        if said in ("sent", "failed"):
            self.world.settle(message, MessageStatus(said))
        elif said == "never came":
            message.calls.clear()
            message.unknown_since = None
            message.status, message.not_before = MessageStatus.QUEUED, self.world.now
        else:
            self.doubt(message)

    def doubt(self, message: Message) -> None:
        """Nobody knows: the channel's policy, its deadline and its keys say whether it is called again."""
        spec = self.world.project.channels[message.queue.channel]
        assert message.unknown_since
        known = Doubt(spec, message.unknown_since, message.calls[-1], len(message.calls), True, KEEPS_KEYS)
        settled, deadline = settle_doubt(known, self.world.now), message.calls[-1] + spec.deadline.longest
        if isinstance(settled, ByKey):
            assert settled.not_before < settled.key_until <= message.unknown_since + KEEPS_KEYS
            message.status, message.not_before = MessageStatus.QUEUED, settled.not_before
        elif isinstance(settled, DecideAgain):
            assert spec.on_unknown == "resend", "an unknown is never sent again without policy"
            assert self.world.now >= deadline
            self.world.settle(message, MessageStatus.HELD)
        elif isinstance(settled, Closed):
            assert self.world.now >= deadline

    # What holds all the time

    @invariant()
    def caps_hold(self) -> None:
        if hasattr(self, "world"):
            promises.caps_hold(self.world)

    @invariant()
    def nobody_is_called_twice(self) -> None:
        for message in self.waiting(*MessageStatus) if hasattr(self, "world") else ():
            assert len(message.calls) <= 1 or message.unknown_since, "a second call only of what is in doubt"

    def teardown(self) -> None:
        """Everybody comes to an end, whatever has happened so far."""
        if hasattr(self, "world"):
            _to_the_end(self)


def _of(world: World) -> object:
    return world.enrollments, {key: replace(m, calls=[]) for key, m in world.messages.items()}


def _to_the_end(machine: Promises) -> None:
    world = machine.world
    world.in_stock = True
    for _ in range(200):
        machine.passes()
        for message in machine.waiting(MessageStatus.QUEUED, MessageStatus.CLAIMED):
            message.status = MessageStatus.CLAIMED
            machine.look(message)
        for message in machine.waiting(MessageStatus.SENDING):
            world.settle(message, MessageStatus.SENT)
        machine.passes()
        if not (live := list(world.live())):
            return
        if not machine.any_of(MessageStatus.QUEUED):
            world.now = max(world.now, min(one.due_at for one in live))
            world.heard = {"store": world.now}
    raise AssertionError(f"somebody never ends: {live}")


TestPromises = Promises.TestCase
TestPromises.settings = settings(
    max_examples=int(os.environ.get("KASKAD_EXAMPLES", "150")),
    stateful_step_count=25,
    report_multiple_bugs=False,
    deadline=None,
    derandomize="KASKAD_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)
