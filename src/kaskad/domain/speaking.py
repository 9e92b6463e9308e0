"""A step that writes to the customer: whether, when, and through which channel."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kaskad.domain import policy
from kaskad.domain.cascade import Attempt, Ended, Listen, Rung, Try, next_rung, patience
from kaskad.domain.channel import Channel
from kaskad.domain.facts import Enrollment, Facts
from kaskad.domain.freshness import stale_source
from kaskad.domain.journey import Purpose
from kaskad.domain.moves import SAFETY_NET, UNKNOWN_AGAIN, Note, Noted, Pass, Queue, Stay
from kaskad.domain.outcome import MessageStatus, Reason
from kaskad.domain.program import ONLY_WHILE, Node, condition_name
from kaskad.domain.schedule import local_date
from kaskad.domain.shop import Project
from kaskad.domain.speech import Speech, speech_of
from kaskad.domain.step import CallStep, SendStep
from kaskad.domain.version import Version

LOOK_AGAIN = timedelta(minutes=5)  # a stale source, a stop
DOWN_AGAIN = timedelta(minutes=1)  # no provider answers, and there is no other channel


def speak(
    version: Version, node: Node, enrollment: Enrollment, facts: Facts, now: datetime, project: Project
) -> Stay | Pass:
    """The next move of a send: on to the next rung, wait, or be done with it."""
    speech = speech_of(version, node, enrollment, facts.person.zone, now)
    attempts = facts.attempts.get(node.id, ())
    went = [attempt for attempt in attempts if attempt.status is not MessageStatus.HELD]
    spoke_at = min((attempt.at for attempt in went), default=None)
    passed = _before_the_first_attempt(node, facts, speech, now) if not went else None
    if passed:
        return passed
    asks = Purpose.TRANSACTIONAL if enrollment.mode == "test" else speech.purpose  # the owner consented to nothing
    blocked = {r.channel: _unreachable(r.channel, speech, asks, facts, project) for r in speech.cascade.channels}
    reachable = {channel for channel, reason in blocked.items() if reason is None}
    move = _climb(speech, reachable, attempts, facts, now, project)
    if isinstance(move, Ended):
        if move.reason is Reason.EXHAUSTED and not went:
            why = {channel.value: str(reason) for channel, reason in blocked.items()}
            return _give_up(node, spoke_at, now, policy.most_telling(blocked), why)
        return _over(node, spoke_at, now, move.reason)
    if now >= speech.expires_at:
        return _over(node, spoke_at, now, Reason.EXPIRED)
    if isinstance(move, Listen):
        return Stay(min(move.until or now + SAFETY_NET, speech.expires_at))
    held = _why_held(version, node, enrollment.mode, spoke_at, facts, speech, now, project)
    if held is None and move.rung.channel in facts.down:
        down = {"channel": move.rung.channel.value}
        return _hold(node, spoke_at, speech, now, now + DOWN_AGAIN, Reason.PROVIDER_DOWN, down)
    return held or _queue(node, speech, move.rung, facts.person.zone, now)


def _climb(
    speech: Speech,
    reachable: AbstractSet[Channel],
    attempts: Sequence[Attempt],
    facts: Facts,
    now: datetime,
    project: Project,
) -> Try | Listen | Ended:
    """The cascade's next move past the channels that are down; where nothing else is left, one of those."""

    def on(channels: AbstractSet[Channel]) -> Try | Listen | Ended:
        costs, deadlines = project.costs(), project.deadlines()
        zone, answered = facts.person.zone, facts.person.answered
        return next_rung(speech.cascade, channels, attempts, now, zone, costs, deadlines, answered)

    move = on(reachable - facts.down)
    return on(reachable) if isinstance(move, Ended) and reachable & facts.down else move


def _before_the_first_attempt(node: Node, facts: Facts, speech: Speech, now: datetime) -> Stay | Pass | None:
    name = condition_name(node.id)
    assert isinstance(node.step, SendStep | CallStep)
    if not node.step.if_ or facts.truths.get(name) is True:
        return None
    if facts.truths.get(name) is None:
        return _hold(node, None, speech, now, now + UNKNOWN_AGAIN, Reason.UNKNOWN_VALUE)
    return Pass(node.next, now, gives_up=True, notes=(Note(Noted.SKIPPED, node.id, Reason.CONDITION_FALSE),))


def _unreachable(channel: Channel, speech: Speech, purpose: Purpose, facts: Facts, project: Project) -> Reason | None:
    topic = project.topics.get(speech.topic) if speech.topic else None
    return policy.why_unreachable(facts.person, channel, purpose, topic, set(speech.template.channels))


def why_state_forbids(version: Version, facts: Facts) -> Reason | None:
    """Whether `only_while` holds, just before a send: None when it does."""
    holds = facts.truths.get(ONLY_WHILE) if ONLY_WHILE in version.program.conditions else True
    if holds is None:
        return Reason.UNKNOWN_VALUE
    return None if holds else Reason.STATE_CHANGED


def _why_held(
    version: Version,
    node: Node,
    mode: str,
    spoke_at: datetime | None,
    facts: Facts,
    speech: Speech,
    now: datetime,
    project: Project,
) -> Stay | Pass | None:
    forbids = why_state_forbids(version, facts)
    if forbids is Reason.STATE_CHANGED:
        return _give_up(node, spoke_at, now, forbids)
    if forbids:
        return _hold(node, spoke_at, speech, now, now + UNKNOWN_AGAIN, forbids)
    if mode == "test":
        return None
    if speech.sender not in project.senders:
        return _hold(node, spoke_at, speech, now, now + UNKNOWN_AGAIN, Reason.UNKNOWN_SENDER, {"sender": speech.sender})
    if facts.bought and speech.purpose is not Purpose.TRANSACTIONAL:
        return _give_up(node, spoke_at, now, Reason.BOUGHT, policy.what_was_bought(facts.bought))
    window, person = version.journey.send_window, facts.person
    verdict = policy.judge(project.policy, speech.purpose, speech.topic, speech.sender, window, person, now)
    if isinstance(verdict, policy.Refuse):
        return _give_up(node, spoke_at, now, verdict.reason)
    if isinstance(verdict, policy.Defer):
        return _hold(node, spoke_at, speech, now, verdict.until, verdict.reason)
    stale = stale_source(version, facts, now, project)
    if stale:
        return _hold(node, spoke_at, speech, now, now + LOOK_AGAIN, Reason.STALE_SOURCE, {"source": stale})
    return None


def _hold(
    node: Node,
    spoke_at: datetime | None,
    speech: Speech,
    now: datetime,
    until: datetime,
    reason: Reason,
    detail: dict[str, str] | None = None,
) -> Stay | Pass:
    """Wait, unless the message would be stale by then: then it is over now, for the reason that held it."""
    if until >= speech.expires_at:
        return _give_up(node, spoke_at, now, reason)
    return Stay(until, notes=(Note(Noted.HELD, node.id, reason, detail or {}),))


def _give_up(
    node: Node, spoke_at: datetime | None, now: datetime, reason: Reason, detail: dict[str, str] | None = None
) -> Pass:
    note = Note(Noted.DROPPED, node.id, reason, detail or {})
    return Pass(node.next, now, spoke_at=spoke_at, gives_up=True, notes=(note,))


def _over(node: Node, spoke_at: datetime | None, now: datetime, reason: Reason) -> Pass:
    if reason is Reason.REACHED:
        return Pass(node.next, now, spoke_at=spoke_at, gives_up=True)
    return _give_up(node, spoke_at, now, reason)


def _queue(node: Node, speech: Speech, rung: Rung, zone: ZoneInfo, now: datetime) -> Stay:
    queued = Queue(
        step=node.id,
        message=speech.message,
        channel=rung.channel,
        topic=speech.topic,
        purpose=speech.purpose,
        sender=speech.sender,
        expires_at=speech.expires_at,
        patience=patience(rung, now, zone),
        counts_on=local_date(now, zone),
    )
    note = Note(Noted.QUEUED, node.id, None, {"channel": rung.channel.value})
    return Stay(min(now + SAFETY_NET, speech.expires_at), queued, notes=(note,))
