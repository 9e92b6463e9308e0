"""A step that writes to the customer: whether, when, and through which channel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from kaskad.domain import policy
from kaskad.domain.cascade import Cascade, Ended, Listen, Rung, next_rung, patience
from kaskad.domain.channel import Channel
from kaskad.domain.facts import Enrollment, Facts
from kaskad.domain.freshness import is_stale
from kaskad.domain.journey import CallStep, Purpose, SendStep
from kaskad.domain.model import Duration
from kaskad.domain.moves import Note, Noted, Pass, Queue, Stay
from kaskad.domain.outcome import MessageStatus, Reason
from kaskad.domain.program import ONLY_WHILE, Node, condition_name
from kaskad.domain.schedule import local_date
from kaskad.domain.shop import Project
from kaskad.domain.version import TemplateRef, Version

RELEVANT_FOR = Duration(seconds=7 * 86_400)  # where the step does not say
LOOK_AGAIN = timedelta(minutes=5)  # a stale source, a stop
DOWN_AGAIN = timedelta(minutes=1)  # no provider answers, and there is no other channel
UNKNOWN_AGAIN = timedelta(hours=1)
SAFETY_NET = timedelta(days=1)  # settling wakes the enrollment; this only bounds a lost wake-up


@dataclass(frozen=True, slots=True)
class Speech:
    """A send or a call, with the journey's defaults filled in."""

    message: str
    cascade: Cascade
    template: TemplateRef
    expires_at: datetime
    purpose: Purpose
    topic: str | None
    sender: str


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
    zone = facts.person.zone
    climb = partial(next_rung, speech.cascade, attempts=attempts, now=now, zone=zone)
    climb = partial(climb, costs=project.costs(), deadlines=project.deadlines())
    move = climb(reachable - facts.down)
    if isinstance(move, Ended) and reachable & facts.down:
        move = climb(reachable)  # what is down may come back
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
    return held or _queue(node, speech, move.rung, zone, now)


def speech_of(version: Version, node: Node, enrollment: Enrollment, zone: ZoneInfo, now: datetime) -> Speech:
    """What the step says, through which cascade, until when; the template may override the journey."""
    step, journey = node.step, version.journey
    assert isinstance(step, SendStep | CallStep)
    if isinstance(step, CallStep):
        message, relevant = step.script, step.within
        cascade = Cascade(name="call", channels=(Rung(channel=Channel.CALL),))
    else:
        message, relevant = step.message, step.relevant_for or RELEVANT_FOR
        cascade = step.cascade or journey.cascade
    template = version.templates[message]
    return Speech(
        message,
        cascade,
        template,
        expires_at=relevant.after(enrollment.step_since or now, zone),
        purpose=template.purpose or enrollment.purpose,
        topic=template.topic or journey.topic,
        sender=template.sender or enrollment.sender,
    )


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


def stale_source(version: Version, facts: Facts, now: datetime, project: Project) -> str | None:
    """The first source of `fresh_data` that has been silent for too long; None when all are fresh."""
    for name, limit in version.journey.fresh_data.items():
        source = project.sources.get(name)
        zone = ZoneInfo((source and source.time_zone) or project.shop.time_zone)
        if is_stale(facts.last_heard.get(name), limit.longest, source.open if source else None, zone, now):
            return name
    return None


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
