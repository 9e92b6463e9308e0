"""Snapshots: the inputs of a decision, small enough to be stored with it, and enough to make the decision again.

The code is written by hand and the format is short, because it runs for every logged decision. Instants are
microseconds since 1970, channels are in one text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.decisions.facts import Consent, Enrollment, Facts, OtherEntry, Touch
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.wait_until import PathValue
from kaskad.domain.outcome import EnrollmentStatus

Row = Mapping[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ANY_CHANNEL = "*"  # a consent for all channels
ATTEMPT_FIELDS = ("channel", "status", "at", "reason", "open", "delivered_at", "opened_at", "clicked_at", "stopped")
CONSENT_FIELDS = ("channel", "topic", "granted", "at", "sender", "is_pause")
RARE_FACTS = ("bought", "cart_things", "entrance_date", "company", "calls")
TOUCH_FIELDS = ("on", "topic", "sender")
TIME_FIELDS = ("at", "delivered_at", "opened_at", "clicked_at")


@dataclass(frozen=True, slots=True)
class DecisionInputs:
    """The inputs of a decision: the enrollment's state, the facts, and the version that decided."""

    enrollment: Enrollment
    facts: Facts
    version: int
    files: int  # the generation of the files that are not pinned


def dump_snapshot(before: Enrollment, after: Enrollment, facts: Facts, *, journey: Journey) -> dict[str, Any]:
    """The inputs of the decision that led from `before` to `after`, as JSON values; empty ones are left out.

    Contacts are included only if the decision used them: not if the customer left or was not admitted.
    """
    seen: dict[str, Any] = {"zone": facts.person.zone.key}
    if assigned := [pair for pair in facts.person.assigned if pair[0] in ("", journey.name)]:
        seen["assigned"] = assigned
    if before.status is not EnrollmentStatus.CANDIDATE:
        stood = [before.step, _optional_microseconds(before.step_since), _optional_microseconds(before.first_sent_at)]
        seen["stood"] = [*stood, dict(before.moved)] if before.moved else stood
    if facts.exit:
        left = facts.exit
        return seen | {"exit": [left.event, to_microseconds(left.occurred_at), left.place]}
    if entries := [
        _dump_entry(entry) for entry in facts.person.entries if entry.journey == journey.name and entry.id != before.id
    ]:
        seen["entries"] = entries
    if facts.truths:
        seen["truths"] = facts.truths
    if more := _dump_rare_facts(facts):
        seen["more"] = more
    if after.status in (EnrollmentStatus.CANDIDATE, EnrollmentStatus.REFUSED):
        return seen
    parts: tuple[tuple[str, Any], ...] = (
        (
            "contacts",
            " ".join(c if state == "active" else f"{c}:{state}" for c, state in facts.person.contacts.items()),
        ),
        ("consents", _dump_consents(facts.person.consents)),
        ("touches", _dump_touches(facts.person.touches)),
        ("attempts", {step: [_dump_attempt(attempt) for attempt in tries] for step, tries in facts.attempts.items()}),
        ("happened", {step: _optional_microseconds(at) for step, at in facts.happened.items()}),
        ("heard", {name: _optional_microseconds(facts.last_heard.get(name)) for name in journey.fresh_data}),
        ("confirmed", sorted(facts.person.confirmed)),
        ("answered", {channel: _optional_microseconds(at) for channel, at in facts.person.answered.items()}),
        ("down", sorted(facts.down)),
        ("values", {path: _dump_value(value) for path, value in facts.values.items()}),
    )
    seen.update((name, part) for name, part in parts if part)
    return seen


def _dump_consents(consents: Iterable[Consent]) -> list[Any]:
    """Each consent once: topic, whether it was granted, when, its channels; then its sender, and if it is a pause."""
    words: dict[tuple[Any, ...], list[str]] = {}
    for word in consents:
        said = (word.topic, word.granted, word.at, word.sender, word.is_pause)
        words.setdefault(said, []).append(word.channel or ANY_CHANNEL)
    return [
        [topic, granted, to_microseconds(at), " ".join(channels), *_dump_rare_parts(sender, is_pause)]
        for (topic, granted, at, sender, is_pause), channels in words.items()
    ]


def _dump_rare_parts(sender: str | None, is_pause: bool) -> list[Any]:
    """What few consents have, without the empty ones at the end."""
    if is_pause:
        return [sender, True]
    return [sender] if sender else []


def _dump_touches(touches: Iterable[Touch]) -> list[Any]:
    """Touches counted by day, topic and sender."""
    counts: dict[tuple[Any, ...], int] = {}
    for touch in touches:
        counted = (touch.on, touch.topic, touch.sender)
        counts[counted] = counts.get(counted, 0) + 1
    return [[on.isoformat(), topic, sender, count] for (on, topic, sender), count in counts.items()]


def _dump_entry(entry: OtherEntry) -> list[Any]:
    """An entry that counts for reentry, without the journey, which is the decision's own."""
    known = [entry.id, entry.key, to_microseconds(entry.entered_at), entry.wrote, entry.step]
    return [*known, sorted(entry.together)] if entry.together else known


def _dump_attempt(attempt: Attempt) -> list[Any]:
    """The attempt's fields in their order, without the empty ones at the end."""
    known = [
        attempt.channel,
        attempt.status,
        to_microseconds(attempt.at),
        attempt.reason,
        attempt.open,
        _optional_microseconds(attempt.delivered_at),
        _optional_microseconds(attempt.opened_at),
        _optional_microseconds(attempt.clicked_at),
        attempt.stopped,
    ]
    while not known[-1]:
        known.pop()
    return known


def _dump_rare_facts(facts: Facts) -> dict[str, Any]:
    """Facts that few decisions need: a library can write them."""
    there = {name for name in RARE_FACTS if getattr(facts, name)}
    found: dict[str, Any] = _facts_adapter().dump_python(facts, mode="json", include=there) if there else {}
    return found


def _dump_value(value: PathValue) -> Any:
    """A value together with its type, if JSON has none for it."""
    match value:
        case datetime():
            return {"time": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case Decimal():
            return {"number": str(value)}
    return value


def load_snapshot(seen: Row, kept: Enrollment) -> DecisionInputs:
    """The inputs of the decision; `kept` is the enrollment's row, for the fields that never change."""
    exit_ = seen.get("exit")
    facts = {
        "person": _load_customer(seen, kept),
        "truths": seen.get("truths", {}),
        "exit": {"event": exit_[0], "occurred_at": from_microseconds(exit_[1]), "place": exit_[2]} if exit_ else None,
        "happened": {step: _optional_instant(at) for step, at in seen.get("happened", {}).items()},
        "attempts": {step: [_load_attempt(row) for row in tries] for step, tries in seen.get("attempts", {}).items()},
        "last_heard": {name: from_microseconds(at) for name, at in seen.get("heard", {}).items() if at},
        "down": seen.get("down", []),
        "values": {path: _load_value(value) for path, value in seen.get("values", {}).items()},
        **_load_rare_facts(seen.get("more", {})),
    }
    return DecisionInputs(
        _load_enrollment(seen.get("stood"), kept),
        _facts_adapter().validate_python(facts),
        seen["version"],
        seen["files"],
    )


def _load_rare_facts(more: Row) -> dict[str, Any]:
    """Facts that few decisions need; an old snapshot has the one purchase that forbade the message."""
    bought = more.get("bought", ())
    return {**more, "bought": [bought] if isinstance(bought, Mapping) else bought}


def _load_enrollment(stood: Sequence[Any] | None, kept: Enrollment) -> Enrollment:
    if stood is None:
        return replace(
            kept, status=EnrollmentStatus.CANDIDATE, step=None, step_since=None, first_sent_at=None, moved={}
        )
    step, since, spoke, *rest = stood
    moved = rest[0] if rest else {}
    since, spoke = _optional_instant(since), _optional_instant(spoke)
    return replace(kept, status=EnrollmentStatus.ACTIVE, step=step, step_since=since, first_sent_at=spoke, moved=moved)


def _load_customer(seen: Row, kept: Enrollment) -> dict[str, Any]:
    return {
        "id": kept.customer,
        "assigned": _load_assigned(seen, kept),
        "zone": seen["zone"],
        "locale": "",  # decisions do not depend on it
        "contacts": {
            c: state or "active"
            for c, _, state in (contact.partition(":") for contact in seen.get("contacts", "").split())
        },
        "consents": [
            _zip_names(
                [None if channel == ANY_CHANNEL else channel, topic, granted, from_microseconds(at), *rare],
                CONSENT_FIELDS,
            )
            for topic, granted, at, channels, *rare in seen.get("consents", ())
            for channel in channels.split()
        ],
        "touches": [_zip_names(touch, TOUCH_FIELDS) for *touch, count in seen.get("touches", ()) for _ in range(count)],
        "answered": {channel: from_microseconds(at) for channel, at in seen.get("answered", {}).items()},
        "confirmed": seen.get("confirmed", []),
        "entries": [_load_entry(row, kept) for row in _entry_rows(seen)],
    }


def _load_assigned(seen: Row, kept: Enrollment) -> Sequence[Sequence[Any]]:
    """As whom the person was outside; by old snapshots as any of those who turned out to be the person."""
    old = [(name, member) for member in seen.get("members", ()) for name in ("", kept.journey)]
    return old or seen.get("assigned", ())


def _entry_rows(seen: Row) -> Sequence[Sequence[Any]]:
    """The entries that count for reentry; old snapshots have only the last of those that sent."""
    return [[0, "", seen["wrote"], True, None]] if "wrote" in seen else seen.get("entries", ())


def _load_entry(row: Sequence[Any], kept: Enrollment) -> dict[str, Any]:
    id_, key, at, wrote, step, *together = row
    named = {
        "id": id_,
        "journey": kept.journey,
        "key": key,
        "entered_at": from_microseconds(at),
        "wrote": wrote,
        "step": step,
    }
    return named | {"together": together[0] if together else []}


def _load_value(value: Any) -> Any:
    match value:
        case {"time": text}:
            return datetime.fromisoformat(text)
        case {"date": text}:
            return date.fromisoformat(text)
        case {"number": text}:
            return Decimal(text)
    return value


def _load_attempt(row: Sequence[Any]) -> dict[str, Any]:
    """An attempt's fields, with parsed instants."""
    named = _zip_names(row, ATTEMPT_FIELDS)
    return {name: from_microseconds(value) if value and name in TIME_FIELDS else value for name, value in named.items()}


def _zip_names(values: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    return dict(zip(names, values, strict=False))


def to_microseconds(at: datetime) -> int:
    """The instant in microseconds."""
    return (at - EPOCH) // MICROSECOND


def from_microseconds(written_at: int) -> datetime:
    """The instant of these microseconds, in UTC."""
    return EPOCH + written_at * MICROSECOND


def _optional_microseconds(at: datetime | None) -> int | None:
    return to_microseconds(at) if at else None


def _optional_instant(written_at: int | None) -> datetime | None:
    return None if written_at is None else from_microseconds(written_at)


@cache
def _facts_adapter() -> TypeAdapter[Facts]:
    """The adapter that reads and writes facts as JSON values."""
    return TypeAdapter(Facts)
