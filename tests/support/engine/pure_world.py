"""One customer and a shop, kept in memory as storage keeps them in tables: ledger, enrollments, messages, no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.decisions.engine import Decision, decide
from kaskad.domain.decisions.facts import Consent, CustomerFacts, Enrollment, ExitEvent, Facts, OtherEntry, Touch
from kaskad.domain.decisions.send_check import send_blocker
from kaskad.domain.journeys.condition import Truth
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.program import ONLY_WHILE
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import COUNTED_IN_CAPS, LIVE_STATUSES, EnrollmentStatus, MessageStatus, Reason
from tests.support.engine.pure_tables import Event, Key, Message

LATE_AFTER = timedelta(days=1)
LOOK_AGAIN = timedelta(minutes=5)
OVER = (Reason.EXPIRED, Reason.SUPERSEDED, Reason.COMPLAINED, Reason.UNSUBSCRIBED, Reason.LEFT)


@dataclass
class World:
    """Everything that is known, and the engine's clock."""

    zone: ZoneInfo
    project: Project
    versions: Mapping[str, Version]
    now: datetime
    contacts: dict[Channel, str]
    consents: list[Consent]
    in_stock: Truth = True
    events: list[Event] = field(default_factory=list)
    heard: dict[str, datetime] = field(default_factory=dict)
    enrollments: dict[int, Enrollment] = field(default_factory=dict)
    messages: dict[Key, Message] = field(default_factory=dict)

    def happens(self, event: Event) -> None:
        """Ingest: the ledger, a candidate where it is a trigger, and those who are woken."""
        self.events.append(event)
        for name, version in self.versions.items():
            if event.name in version.triggers() and event.occurred_at >= self.now - LATE_AFTER:
                self._request_entry(name, version, event)
        for enrollment in list(self.live()):
            wakes = event.name in self.versions[enrollment.journey].wakes_on()
            if enrollment.status is EnrollmentStatus.ACTIVE and wakes:
                self.wake(enrollment.id)

    def _request_entry(self, name: str, version: Version, event: Event) -> None:
        enter = version.journey.enter
        assert isinstance(enter, EventTrigger)
        there, at = (
            next((enrollment for enrollment in self.live() if enrollment.journey == name), None),
            event.occurred_at,
        )
        due = at + enter.quiet_for.shortest
        if there is None:
            journey, before = (
                version.journey,
                sum(enrollment.journey == name for enrollment in self.enrollments.values()),
            )
            id_ = 1_000 * list(self.versions).index(name) + before  # whatever came first
            who = (id_, 7, name, EnrollmentStatus.CANDIDATE, "", journey.sender, journey.purpose)
            self.enrollments[id_] = Enrollment(*who, at, at, due, entry={"id": event.id})
        elif there.status is EnrollmentStatus.CANDIDATE:
            first = min((there.entered_at, there.entry["id"]), (at, event.id))
            again = replace(there, last_trigger_at=max(there.last_trigger_at, at), due_at=min(there.due_at, due))
            self.enrollments[there.id] = replace(again, entered_at=first[0], entry={"id": first[1]})

    def live(self) -> Iterator[Enrollment]:
        """Who is at a door or inside."""
        return (enrollment for enrollment in self.enrollments.values() if enrollment.status in LIVE_STATUSES)

    def wake(self, id_: int) -> None:
        """Makes the enrollment due now, if it is inside and not due before."""
        enrollment = self.enrollments[id_]
        if enrollment.status is EnrollmentStatus.ACTIVE:
            self.enrollments[id_] = replace(enrollment, due_at=min(enrollment.due_at, self.now))

    def due(self) -> list[Enrollment]:
        """Best first, as a pass takes them."""
        due = [enrollment for enrollment in self.live() if enrollment.due_at <= self.now]
        return sorted(
            due,
            key=lambda enrollment: (
                -self.versions[enrollment.journey].journey.priority,
                enrollment.due_at,
                enrollment.id,
            ),
        )

    def settled(self, enrollment: Enrollment) -> Enrollment:
        """A candidate entered with the last trigger of its quiet time."""
        version = self.versions[enrollment.journey]
        enter = version.journey.enter
        if enrollment.status is not EnrollmentStatus.CANDIDATE or not isinstance(enter, EventTrigger):
            return enrollment
        triggers = sorted((e.occurred_at, e.id) for e in self.events if e.name == enter.when)
        triggers = [(at, id_) for at, id_ in triggers if enrollment.entered_at <= at <= self.now]
        for (at, id_), following in zip(triggers, [*triggers[1:], None], strict=True):
            if following is None or following[0] > at + timedelta(seconds=enter.quiet_for.seconds):
                return replace(enrollment, entered_at=at, entry={"id": id_})
        return enrollment

    def exit_of(self, enrollment: Enrollment) -> Event | None:
        """The first event since the entry that ends the journey."""
        names = {match.when for match in self.versions[enrollment.journey].journey.leave}
        since = [e for e in self.events if e.name in names and enrollment.entered_at <= e.occurred_at <= self.now]
        return min(
            (e for e in since if e.id != enrollment.entry["id"]), key=lambda e: (e.occurred_at, e.id), default=None
        )

    def person(self) -> CustomerFacts:
        """The customer as of now."""
        touches = [Touch(m.counts_on, m.queue.topic, m.queue.sender) for m in self.messages.values() if m.touches()]
        wrote = {m.enrollment for m in self.messages.values() if m.status in (*COUNTED_IN_CAPS, MessageStatus.HELD)}
        entries = [
            OtherEntry(
                enrollment.id,
                enrollment.journey,
                enrollment.key,
                enrollment.entered_at,
                enrollment.id in wrote,
                enrollment.step,
            )
            for enrollment in self.enrollments.values()
            if enrollment.id in wrote or enrollment.status is EnrollmentStatus.ACTIVE
        ]
        consents = tuple(c for c in self.consents if c.at <= self.now)
        return CustomerFacts(7, self.zone, "en", self.contacts, consents, tuple(touches), tuple(entries))

    def facts(self, enrollment: Enrollment) -> Facts:
        """All that the engine asks about this enrollment."""
        program, left = self.versions[enrollment.journey].program, self.exit_of(enrollment)
        attempts: dict[str, tuple[Attempt, ...]] = {}
        for message in self.messages.values():
            if message.enrollment == enrollment.id:
                attempts[message.queue.step] = (*attempts.get(message.queue.step, ()), message.attempt())
        happened = {}
        if enrollment.step in program.waits and enrollment.step_since:
            when, since = program.waits[enrollment.step].when, enrollment.step_since
            came = [e.occurred_at for e in self.events if e.name == when and since <= e.occurred_at <= self.now]
            happened = {enrollment.step: min(came, default=None)}
        truths = {name: self.in_stock if name == ONLY_WHILE else True for name in program.conditions}
        exit_ = ExitEvent(left.name, left.occurred_at) if left else None
        return Facts(
            person=self.person(),
            truths=truths,
            exit=exit_,
            happened=happened,
            attempts=attempts,
            last_heard=self.heard,
        )

    def decided(self, enrollment: Enrollment, facts: Facts) -> Decision:
        """The engine's answer."""
        return decide(self.versions[enrollment.journey], enrollment, facts, now=self.now, project=self.project)

    def write(self, decision: Decision) -> None:
        """What was decided is so."""
        after, queue = decision.enrollment, decision.queue
        self.enrollments[after.id] = after
        for message in self.messages.values():
            over = message.enrollment == after.id and message.queue.step in decision.abandoned_steps
            if over and message.status in (MessageStatus.QUEUED, MessageStatus.HELD):
                message.status = MessageStatus.UNKNOWN if message.unknown_since else MessageStatus.DROPPED
        if queue:
            key = after.id, queue.step, queue.channel
            there = self.messages.get(key)
            if there is None or there.status is MessageStatus.HELD:
                calls, doubt = (there.calls, there.unknown_since) if there else ([], None)
                decided = (queue, queue.counts_on, self.now, self.now)
                self.messages[key] = Message(after.id, *decided, calls=calls, unknown_since=doubt)

    def check_send(self, message: Message) -> Reason | None:
        """The last check before a send; None where it goes, and then it is being sent."""
        enrollment = self.enrollments[message.enrollment]
        reason = send_blocker(
            self.versions[enrollment.journey],
            enrollment,
            self.facts(enrollment),
            message=message.claimed(),
            now=self.now,
            project=self.project,
        )
        if reason is None:
            message.status, message.sending_at = MessageStatus.SENDING, self.now
            message.calls.append(self.now)
            return None
        message.status = MessageStatus.DROPPED if reason in OVER else MessageStatus.HELD
        if message.unknown_since:
            message.status = MessageStatus.UNKNOWN
        if enrollment.status is EnrollmentStatus.ACTIVE:
            due = self.now + LOOK_AGAIN if reason is Reason.STALE_SOURCE else self.now
            self.enrollments[enrollment.id] = replace(enrollment, due_at=due)
        return reason

    def settle(self, message: Message, status: MessageStatus) -> None:
        """What came of the call, or of the doubt."""
        message.status = status
        due = self.now
        if status is MessageStatus.SENT:
            message.sent_at, message.unknown_since = message.sending_at, None
            due = (message.sending_at or self.now) + message.queue.patience
        if status is MessageStatus.UNKNOWN:
            message.unknown_since = message.unknown_since or message.sending_at
        enrollment = self.enrollments[message.enrollment]
        if (
            enrollment.status is EnrollmentStatus.ACTIVE
            and enrollment.step == message.queue.step
            and status not in COUNTED_IN_CAPS[:3]
        ):
            self.enrollments[enrollment.id] = replace(enrollment, due_at=min(enrollment.due_at, due))
