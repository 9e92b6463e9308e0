"""What the engine and its providers do in the world without a database; every step of it is judged by the promises."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.unknown_outcome import (
    CloseAsUnknown,
    DecideAgain,
    RetryWithKey,
    UnknownOutcome,
    resolve_unknown,
)
from kaskad.domain.outcome import MessageStatus, Reason
from tests.support.engine import promises
from tests.support.engine.pure_tables import Event, Message
from tests.support.engine.pure_world import World

RETRY_AFTER = timedelta(seconds=30)
KEEPS_KEYS = timedelta(hours=1)
MOST_PASSES, MOST_ROUNDS = 40, 200
QUEUED, CLAIMED, SENDING = MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.SENDING
SENT, UNKNOWN = MessageStatus.SENT, MessageStatus.UNKNOWN


@dataclass
class PureEngine:
    """One world, and what is done in it."""

    world: World

    def with_status(self, *statuses: MessageStatus) -> list[Message]:
        """The messages in these states, oldest first."""
        return [message for message in self.world.messages.values() if message.status in statuses]

    def happens(self, name: str, ago: timedelta = timedelta(0)) -> None:
        """An event is told."""
        self.world.happens(Event(len(self.world.events), name, self.world.now - ago))

    def time_goes_by(self, ahead: timedelta | time) -> None:
        """So long, or until the customer's clock shows that."""
        now = self.world.now
        if isinstance(ahead, timedelta):
            self.world.now = now + ahead
            return
        local = now.astimezone(self.world.zone)
        days = [local.date() + timedelta(days=count) for count in range(4)]
        shown = [datetime.combine(day, ahead, self.world.zone).astimezone(now.tzinfo) for day in days]
        self.world.now = next(moment for moment in shown if moment > now)

    def passes(self) -> None:
        """All that is due is decided, until nothing is due any more."""
        for _ in range(MOST_PASSES):
            due = self.world.due()
            for enrollment in due:
                self._decides(enrollment.id)
            if not due:
                promises.nobody_is_forgotten(self.world)
                return
        raise AssertionError("it does not come to rest")

    def _decides(self, id_: int) -> None:
        world = self.world
        enrollment = world.settled(world.enrollments[id_])
        facts = world.facts(enrollment)
        decision = world.decided(enrollment, facts)
        person = replace(facts.person, consents=facts.person.consents[::-1], touches=facts.person.touches[::-1])
        turned = replace(facts, person=person, attempts={step: tried[::-1] for step, tried in facts.attempts.items()})
        assert world.decided(enrollment, turned) == decision, "the order in which facts are read does not matter"
        if any(note.kind is DecisionKind.ENTERED for note in decision.notes):
            promises.who_enters_was_quiet(world, enrollment.entered_at, enrollment.journey)
        if decision.queue is None:
            world.write(decision)
            return
        key = enrollment.id, decision.queue.step, decision.queue.channel
        there = world.messages.get(key)
        assert there is None or there.status is MessageStatus.HELD, "never two messages of one step and channel"
        world.write(decision)
        promises.the_cascade_waits(world, world.messages[key])

    def claims(self) -> None:
        """All that may go now is claimed."""
        for message in self.with_status(QUEUED):
            if message.not_before <= self.world.now:
                message.status = CLAIMED

    def checks_sends(self) -> None:
        """Each claimed message is looked at; what goes is being sent."""
        for message in self.with_status(CLAIMED):
            if self.world.check_send(message) is None:
                assert len(message.calls) == 1 or message.unknown_since, "a second call only of what is in doubt"
                promises.whoever_is_called(self.world, message)

    def dies(self) -> None:
        """The worker, with all that it holds; and its leases end."""
        for message in self.with_status(CLAIMED):
            message.status = QUEUED
        for message in self.with_status(SENDING):
            self.world.settle(message, UNKNOWN)

    def answers(self, message: Message, said: str) -> None:
        """The provider's answer to the call."""
        if said == "retry":
            message.calls.pop()  # it says that it did not process it
            message.status, message.not_before = QUEUED, self.world.now + RETRY_AFTER
        elif said == "dead":
            self.world.contacts = {**self.world.contacts, message.queue.channel: "dead"}
            self.world.settle(message, MessageStatus.FAILED)
        elif said == "opened":
            self.world.settle(message, SENT)
            self.receipt(message, said, timedelta(0))
        elif said != "nothing":
            self.world.settle(message, MessageStatus(said))

    def receipt(self, message: Message, kind: str, ago: timedelta) -> None:
        """What the provider tells of it afterwards: late, early, or once more."""
        at = max(self.world.now - ago, message.sending_at or self.world.now)
        if kind == "failed":
            self.world.settle(message, MessageStatus.FAILED)
        elif kind in ("complained", "unsubscribed"):
            message.stopped = Reason(kind)
            if message.status is not SENT:
                self.world.settle(message, SENT)
        elif kind in ("delivered", "opened"):
            setattr(message, f"{kind}_at", min(getattr(message, f"{kind}_at") or at, at))
            if message.status is not SENT:
                self.world.settle(message, SENT)
        self.world.wake(message.enrollment)

    def never_came(self, message: Message) -> None:
        """The provider says so of what was in doubt."""
        message.calls.clear()
        message.unknown_since = None
        message.status, message.not_before = QUEUED, self.world.now

    def resolve(self, message: Message) -> None:
        """Nobody knows: the channel's policy, its deadline and its keys say whether it is called again."""
        spec = self.world.project.channels[message.queue.channel]
        since, called_at = message.unknown_since, message.calls[-1]
        assert since
        known = UnknownOutcome(spec, since, called_at, len(message.calls), self._wanted(message), KEEPS_KEYS)
        settled, deadline = resolve_unknown(known, self.world.now), called_at + spec.deadline.longest
        match settled:
            case RetryWithKey(not_before, key_until):
                assert not_before < key_until <= since + KEEPS_KEYS, "called again only while its key is kept"
                message.status, message.not_before = QUEUED, not_before
            case DecideAgain():
                assert spec.on_unknown == "resend", "an unknown is never sent again without policy"
                assert self.world.now >= deadline
                self.world.settle(message, MessageStatus.HELD)
            case CloseAsUnknown():
                assert self.world.now >= deadline

    def _wanted(self, message: Message) -> bool:
        enrollment = self.world.enrollments[message.enrollment]
        since = [m for m in self.world.messages.values() if m.key[:2] == message.key[:2] and m is not message]
        return enrollment.step == message.queue.step and not any(m.decided_at >= message.decided_at for m in since)

    def to_the_end(self) -> None:
        """Whatever has happened so far, everybody comes to an end."""
        world = self.world
        world.in_stock = True
        for _ in range(MOST_ROUNDS):
            self.passes()
            self.claims()
            self.checks_sends()
            for message in self.with_status(SENDING):
                world.settle(message, SENT)
            self.passes()
            live = list(world.live())
            if not live:
                return
            waits = [message.not_before for message in self.with_status(QUEUED)]
            world.now = max(world.now, min([*(enrollment.due_at for enrollment in live), *waits]))
            world.heard = {"store": world.now}
        raise AssertionError(f"somebody never ends: {live}")
