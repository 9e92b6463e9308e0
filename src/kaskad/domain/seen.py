"""What a decision saw, small enough to be kept with it, and enough to decide again.

Written by hand, not by a library: this runs for every decision that is noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from kaskad.domain.cascade import Attempt
from kaskad.domain.facts import Consent, Enrollment, Facts, Touch
from kaskad.domain.journey import Journey
from kaskad.domain.moment import Known
from kaskad.domain.outcome import EnrollmentStatus

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recalled:
    """A decision's inputs as they were: where the customer stood, what was known, and which version decided."""

    enrollment: Enrollment
    facts: Facts
    version: int
    files: int  # the generation of the files that are never pinned


def written(before: Enrollment, after: Enrollment, facts: Facts, journey: Journey) -> dict[str, Any]:
    """What a decision saw that led from `before` to `after`, as plain values for JSON; what is empty is left out.

    How to reach the customer is there only where that was asked: not of those who left or were not admitted.
    """
    seen: dict[str, Any] = {"zone": facts.person.zone.key}
    if before.status is not EnrollmentStatus.CANDIDATE:
        stood = [before.step, _iso(before.step_since), _iso(before.spoke_at)]
        seen["stood"] = [*stood, dict(before.moved)] if before.moved else stood
    if facts.exit:
        left = facts.exit
        return seen | {"exit": [left.event, left.occurred_at.isoformat(), left.place]}
    if (last := facts.person.last_sent_entries.get(journey.name)) and before.status is EnrollmentStatus.CANDIDATE:
        seen["wrote"] = last.isoformat()
    if facts.truths:
        seen["truths"] = facts.truths
    if more := _more(facts):
        seen["more"] = more
    if after.status in (EnrollmentStatus.CANDIDATE, EnrollmentStatus.REFUSED):
        return seen
    parts: tuple[tuple[str, Any], ...] = (
        ("contacts", facts.person.contacts),
        ("consents", _consents(facts.person.consents)),
        ("touches", _touches(facts.person.touches)),
        ("attempts", {step: [_attempt(one) for one in tries] for step, tries in facts.attempts.items()}),
        ("happened", {step: _iso(at) for step, at in facts.happened.items()}),
        ("heard", {name: _iso(facts.last_heard.get(name)) for name in journey.fresh_data}),
        ("answered", {channel: _iso(at) for channel, at in facts.person.answered.items()}),
        ("down", sorted(facts.down)),
        ("values", {path: _typed(value) for path, value in facts.values.items()}),
    )
    seen.update((name, part) for name, part in parts if part)
    return seen


def recalled(seen: Row, kept: Enrollment) -> Recalled:
    """The inputs again, out of what was written; `kept` is the enrollment's row, for what never changes."""
    exit_ = seen.get("exit")
    facts = {
        "person": _person(seen, kept),
        "truths": seen.get("truths", {}),
        "exit": dict(zip(("event", "occurred_at", "place"), exit_, strict=True)) if exit_ else None,
        "happened": seen.get("happened", {}),
        "attempts": {step: [_named(one, ATTEMPT) for one in tries] for step, tries in seen.get("attempts", {}).items()},
        "last_heard": {name: at for name, at in seen.get("heard", {}).items() if at},
        "down": seen.get("down", []),
        "values": {path: _untyped(value) for path, value in seen.get("values", {}).items()},
        **seen.get("more", {}),
    }
    return Recalled(_stood(seen.get("stood"), kept), _facts().validate_python(facts), seen["version"], seen["files"])


def _stood(stood: Sequence[Any] | None, kept: Enrollment) -> Enrollment:
    if stood is None:
        return replace(kept, status=EnrollmentStatus.CANDIDATE, step=None, step_since=None, spoke_at=None, moved={})
    step, since, spoke, *rest = stood
    moved = rest[0] if rest else {}
    since, spoke = _instant(since), _instant(spoke)
    return replace(kept, status=EnrollmentStatus.ACTIVE, step=step, step_since=since, spoke_at=spoke, moved=moved)


def _person(seen: Row, kept: Enrollment) -> dict[str, Any]:
    return {
        "id": kept.customer,
        "zone": seen["zone"],
        "locale": "",  # decides nothing
        "contacts": seen.get("contacts", {}),
        "consents": [
            _named([channel, *word], CONSENT) for *word, channels in seen.get("consents", ()) for channel in channels
        ],
        "touches": [_named(touch, TOUCH) for *touch, count in seen.get("touches", ()) for _ in range(count)],
        "answered": seen.get("answered", {}),
        "last_sent_entries": {kept.journey: seen["wrote"]} if "wrote" in seen else {},
    }


def _consents(consents: Iterable[Consent]) -> list[Any]:
    """Each word once: topic, whether granted, when, and the channels that it was said about."""
    words: dict[tuple[Any, ...], list[Any]] = {}
    for word in consents:
        words.setdefault((word.topic, word.granted, word.at), []).append(word.channel)
    return [[topic, granted, at.isoformat(), channels] for (topic, granted, at), channels in words.items()]


def _touches(touches: Iterable[Touch]) -> list[Any]:
    """Counted by day, topic and sender."""
    counts: dict[tuple[Any, ...], int] = {}
    for touch in touches:
        counted = (touch.on, touch.topic, touch.sender)
        counts[counted] = counts.get(counted, 0) + 1
    return [[on.isoformat(), topic, sender, count] for (on, topic, sender), count in counts.items()]


def _attempt(one: Attempt) -> list[Any]:
    """Its fields in their order, without the empty ones at the end."""
    known = [
        one.channel,
        one.status,
        one.at.isoformat(),
        one.reason,
        one.open,
        _iso(one.delivered_at),
        _iso(one.opened_at),
        _iso(one.clicked_at),
    ]
    while not known[-1]:
        known.pop()
    return known


def _more(facts: Facts) -> dict[str, Any]:
    """What few decisions ask for: a library may write it."""
    there = {name for name in RARE if getattr(facts, name)}
    found: dict[str, Any] = _facts().dump_python(facts, mode="json", include=there) if there else {}
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


def _untyped(value: Any) -> Any:
    match value:
        case {"time": text}:
            return datetime.fromisoformat(text)
        case {"date": text}:
            return date.fromisoformat(text)
        case {"number": text}:
            return Decimal(text)
    return value


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _named(values: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    return dict(zip(names, values, strict=False))


ATTEMPT = ("channel", "status", "at", "reason", "open", "delivered_at", "opened_at", "clicked_at")
CONSENT = ("channel", "topic", "granted", "at")
RARE = ("bought", "entrance_date", "company", "calls")
TOUCH = ("on", "topic", "sender")


@cache
def _facts() -> TypeAdapter[Facts]:
    return TypeAdapter(Facts)
