"""What a decision saw, small enough to be kept with it, and enough to decide again.

Written by hand, not by a library, and tersely: this runs for every decision that is noted. Instants are microseconds
since 1970, channels stand in one text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from kaskad.domain.cascade import Attempt
from kaskad.domain.facts import Consent, Enrollment, Entry, Facts, Touch
from kaskad.domain.journey import Journey
from kaskad.domain.moment import Known
from kaskad.domain.outcome import EnrollmentStatus

Row = Mapping[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ANY = "*"  # a word about all channels
ATTEMPT = ("channel", "status", "at", "reason", "open", "delivered_at", "opened_at", "clicked_at", "stopped")
CONSENT = ("channel", "topic", "granted", "at")
RARE = ("bought", "entrance_date", "company", "calls")
TOUCH = ("on", "topic", "sender")


def written(before: Enrollment, after: Enrollment, facts: Facts, journey: Journey) -> dict[str, Any]:
    """What a decision saw that led from `before` to `after`, as plain values for JSON; what is empty is left out.

    How to reach the customer is there only where that was asked: not of those who left or were not admitted.
    """
    seen: dict[str, Any] = {"zone": facts.person.zone.key}
    if before.status is not EnrollmentStatus.CANDIDATE:
        stood = [before.step, _stamp(before.step_since), _stamp(before.spoke_at)]
        seen["stood"] = [*stood, dict(before.moved)] if before.moved else stood
    if facts.exit:
        left = facts.exit
        return seen | {"exit": [left.event, stamp(left.occurred_at), left.place]}
    if entries := [_entry(one) for one in facts.person.entries if one.journey == journey.name and one.id != before.id]:
        seen["entries"] = entries
    if facts.truths:
        seen["truths"] = facts.truths
    if more := _more(facts):
        seen["more"] = more
    if after.status in (EnrollmentStatus.CANDIDATE, EnrollmentStatus.REFUSED):
        return seen
    parts: tuple[tuple[str, Any], ...] = (
        (
            "contacts",
            " ".join(c if state == "active" else f"{c}:{state}" for c, state in facts.person.contacts.items()),
        ),
        ("consents", _consents(facts.person.consents)),
        ("touches", _touches(facts.person.touches)),
        ("attempts", {step: [_attempt(one) for one in tries] for step, tries in facts.attempts.items()}),
        ("happened", {step: _stamp(at) for step, at in facts.happened.items()}),
        ("heard", {name: _stamp(facts.last_heard.get(name)) for name in journey.fresh_data}),
        ("answered", {channel: _stamp(at) for channel, at in facts.person.answered.items()}),
        ("down", sorted(facts.down)),
        ("values", {path: _typed(value) for path, value in facts.values.items()}),
    )
    seen.update((name, part) for name, part in parts if part)
    return seen


def _consents(consents: Iterable[Consent]) -> list[Any]:
    """Each word once: topic, whether granted, when, and the channels that it was said about."""
    words: dict[tuple[Any, ...], list[str]] = {}
    for word in consents:
        words.setdefault((word.topic, word.granted, word.at), []).append(word.channel or ANY)
    return [[topic, granted, stamp(at), " ".join(channels)] for (topic, granted, at), channels in words.items()]


def _touches(touches: Iterable[Touch]) -> list[Any]:
    """Counted by day, topic and sender."""
    counts: dict[tuple[Any, ...], int] = {}
    for touch in touches:
        counted = (touch.on, touch.topic, touch.sender)
        counts[counted] = counts.get(counted, 0) + 1
    return [[on.isoformat(), topic, sender, count] for (on, topic, sender), count in counts.items()]


def _entry(one: Entry) -> list[Any]:
    """An entry that takes a turn, without the journey, which is the decision's own."""
    known = [one.id, one.key, stamp(one.entered_at), one.wrote, one.step]
    return [*known, sorted(one.together)] if one.together else known


def _attempt(one: Attempt) -> list[Any]:
    """Its fields in their order, without the empty ones at the end."""
    known = [
        one.channel,
        one.status,
        stamp(one.at),
        one.reason,
        one.open,
        _stamp(one.delivered_at),
        _stamp(one.opened_at),
        _stamp(one.clicked_at),
        one.stopped,
    ]
    while not known[-1]:
        known.pop()
    return known


def _more(facts: Facts) -> dict[str, Any]:
    """What few decisions ask for: a library may write it."""
    there = {name for name in RARE if getattr(facts, name)}
    found: dict[str, Any] = fact_types().dump_python(facts, mode="json", include=there) if there else {}
    return found


def _typed(value: Known) -> Any:
    """A value with its type, where JSON has none for it."""
    match value:
        case datetime():
            return {"time": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case Decimal():
            return {"number": str(value)}
    return value


def stamp(at: datetime) -> int:
    """The instant as it is written."""
    return (at - EPOCH) // MICROSECOND


def instant(written_at: int) -> datetime:
    """The instant that was written, in UTC."""
    return EPOCH + written_at * MICROSECOND


def _stamp(at: datetime | None) -> int | None:
    return stamp(at) if at else None


@cache
def fact_types() -> TypeAdapter[Facts]:
    """Reads and writes facts as plain values."""
    return TypeAdapter(Facts)
