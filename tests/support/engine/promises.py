"""What is promised to a customer, judged by the ledgers alone: none of this asks the engine's own judgement."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from kaskad.domain.channel import Channel
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Purpose, Window
from kaskad.domain.journeys.step import SendStep
from kaskad.domain.outcome import LIVE_STATUSES, EnrollmentStatus, MessageStatus
from tests.support.engine.pure_tables import Message
from tests.support.engine.pure_world import World

WAITING = (MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.SENDING)


def whoever_is_called(world: World, message: Message) -> None:
    """All that must hold at the instant at which a call begins."""
    enrollment = world.enrollments[message.enrollment]
    journey, purpose = world.versions[enrollment.journey].journey, message.queue.purpose
    assert enrollment.status is EnrollmentStatus.ACTIVE, "nothing goes to whoever is not inside"
    _after_no_exit(world, message)
    assert world.contacts.get(message.queue.channel) == "active", "nothing goes to a dead address"
    of_the_step = [m for m in world.messages.values() if m.key[:2] == message.key[:2]]
    assert not any(m.stopped for m in of_the_step), "nothing more of a step that somebody said no to"
    assert _relevant(world, message), "nothing goes after its time"
    if purpose is not Purpose.TRANSACTIONAL:
        clock = world.now.astimezone(world.zone).time()
        quiet = world.project.policy.quiet_hours
        assert quiet is None or not _within(quiet, clock), "nothing in the quiet hours"
        assert journey.send_window is None or _within(journey.send_window, clock), "nothing outside the window"
    if purpose is Purpose.MARKETING:
        assert consented(world, message.queue.channel, message.queue.topic), "no marketing without consent"
        assert message.counts_on == world.now.astimezone(world.zone).date(), "it counts on the day on which it goes"
    if journey.only_while:
        assert world.in_stock is True, "nothing while the state does not hold"
    for source, limit in journey.fresh_data.items():
        assert world.now - world.heard[source] <= limit.longest, "nothing while a source is silent"


def _after_no_exit(world: World, message: Message) -> None:
    enrollment = world.enrollments[message.enrollment]
    leave = {match.when for match in world.versions[enrollment.journey].journey.leave}
    for event in world.events:
        ends = event.name in leave and enrollment.entered_at <= event.occurred_at and event.id != enrollment.entry["id"]
        assert not ends, "nothing begins after an exit"


def _relevant(world: World, message: Message) -> bool:
    enrollment = world.enrollments[message.enrollment]
    step = world.versions[enrollment.journey].program.nodes[message.queue.step].step
    assert isinstance(step, SendStep)
    assert step.relevant_for
    assert enrollment.step_since
    return world.now < enrollment.step_since + timedelta(seconds=step.relevant_for.seconds)


def _within(window: Window, clock: time) -> bool:
    start, end = window.from_, window.to
    return start <= clock < end if start < end else clock >= start or clock < end


def consented(world: World, channel: Channel, topic: str | None) -> bool:
    """The last word on marketing in this channel, and on its topic; at one instant, a withdrawal is the last."""

    def last(of: str | None, unsaid: bool) -> bool:
        words = [c for c in world.consents if c.topic == of and c.channel in (channel, None) and c.at <= world.now]
        latest = max((word.at for word in words), default=None)
        return all(word.granted for word in words if word.at == latest) if words else unsaid

    return last(None, unsaid=False) and last(topic, unsaid=True)


def caps_hold(world: World) -> None:
    """No day, and no seven days, of the customer's own calendar have more touches than a cap lets through."""
    touches = [(m.counts_on, m.queue) for m in world.messages.values() if m.touches()]
    for cap in world.project.policy.caps:
        for sender in {"any"} if cap.each is None else {queue.sender for _, queue in touches}:
            of_one = [(on, q) for on, q in touches if sender in ("any", q.sender) and cap.topic in (None, q.topic)]
            days = 1 if cap.per == "day" else 7
            for last, _ in of_one:
                counted = sum(0 <= (last - on).days < days for on, _ in of_one)
                assert counted <= cap.at_most, f"{counted} touches until {last}: {cap}"


def the_cascade_waits(world: World, message: Message) -> None:
    """A rung is taken when all before it were taken, or do not reach, and the last is neither under way nor awaited."""
    version = world.versions[world.enrollments[message.enrollment].journey]
    step = version.program.nodes[message.queue.step].step
    assert isinstance(step, SendStep)
    ladder = (step.cascade or version.journey.cascade).channels
    others = [m for m in world.messages.values() if m.key[:2] == message.key[:2] and m is not message]
    tried = {other.queue.channel: other for other in others if other.status is not MessageStatus.HELD}
    for channel_step in ladder[: [channel_step.channel for channel_step in ladder].index(message.queue.channel)]:
        before = tried.get(channel_step.channel)
        assert before or not _reaches(world, message, channel_step.channel), "no rung that reaches is left out"
        if before and before.status in (MessageStatus.SENT, MessageStatus.UNKNOWN):
            assert not (before.opened_at or (channel_step.success == "delivered" and before.delivered_at)), (
                "it was reached"
            )
    assert not any(other.status in WAITING for other in others), "nothing new while an attempt is under way"
    silent = [other for other in others if other.status in (MessageStatus.SENT, MessageStatus.UNKNOWN)]
    if silent:
        last = max(silent, key=lambda attempted: attempted.sending_at or attempted.decided_at)
        wait = next(
            channel_step.fallback_after for channel_step in ladder if channel_step.channel is last.queue.channel
        )
        assert last.sending_at
        assert world.now >= last.sending_at + timedelta(seconds=wait.seconds), "silence has not lasted long enough"


def _reaches(world: World, message: Message, channel: Channel) -> bool:
    marketing = message.queue.purpose is Purpose.MARKETING
    there = world.contacts.get(channel) == "active"
    return there and (not marketing or consented(world, channel, message.queue.topic))


def nobody_is_forgotten(world: World) -> None:
    """After a pass, whoever has not ended is due later, and not in a year."""
    for enrollment in world.enrollments.values():
        if enrollment.status in LIVE_STATUSES:
            assert world.now < enrollment.due_at <= world.now + timedelta(days=31), "nobody is forgotten"


def who_enters_was_quiet(world: World, entered_at: datetime, journey: str) -> None:
    """Nobody enters while triggers still come."""
    enter = world.versions[journey].journey.enter
    assert isinstance(enter, EventTrigger)
    assert world.now >= entered_at + timedelta(seconds=enter.quiet_for.seconds), "the quiet time is over first"
