"""A decision's inputs again, out of what was written of them (domain/seen.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kaskad.domain.facts import Enrollment, Facts
from kaskad.domain.outcome import EnrollmentStatus
from kaskad.domain.seen import ANY, ATTEMPT, CONSENT, TOUCH, fact_types, instant

Row = Mapping[str, Any]
AT = ("at", "delivered_at", "opened_at", "clicked_at")


@dataclass(frozen=True, slots=True)
class Recalled:
    """A decision's inputs as they were: where the customer stood, what was known, and which version decided."""

    enrollment: Enrollment
    facts: Facts
    version: int
    files: int  # the generation of the files that are never pinned


def recalled(seen: Row, kept: Enrollment) -> Recalled:
    """The inputs again, out of what was written; `kept` is the enrollment's row, for what never changes."""
    exit_ = seen.get("exit")
    facts = {
        "person": _person(seen, kept),
        "truths": seen.get("truths", {}),
        "exit": {"event": exit_[0], "occurred_at": instant(exit_[1]), "place": exit_[2]} if exit_ else None,
        "happened": {step: _instant(at) for step, at in seen.get("happened", {}).items()},
        "attempts": {step: [_tried(one) for one in tries] for step, tries in seen.get("attempts", {}).items()},
        "last_heard": {name: instant(at) for name, at in seen.get("heard", {}).items() if at},
        "down": seen.get("down", []),
        "values": {path: _untyped(value) for path, value in seen.get("values", {}).items()},
        **seen.get("more", {}),
    }
    return Recalled(
        _stood(seen.get("stood"), kept), fact_types().validate_python(facts), seen["version"], seen["files"]
    )


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
        "contacts": {
            c: state or "active" for c, _, state in (one.partition(":") for one in seen.get("contacts", "").split())
        },
        "consents": [
            _named([None if channel == ANY else channel, topic, granted, instant(at)], CONSENT)
            for topic, granted, at, channels in seen.get("consents", ())
            for channel in channels.split()
        ],
        "touches": [_named(touch, TOUCH) for *touch, count in seen.get("touches", ()) for _ in range(count)],
        "answered": {channel: instant(at) for channel, at in seen.get("answered", {}).items()},
        "entries": [_entry(row, kept) for row in _entries(seen)],
    }


def _entries(seen: Row) -> Sequence[Sequence[Any]]:
    """The entries that took a turn; once only the last of those that wrote was kept."""
    return [[0, "", seen["wrote"], True, None]] if "wrote" in seen else seen.get("entries", ())


def _entry(row: Sequence[Any], kept: Enrollment) -> dict[str, Any]:
    id_, key, at, wrote, step, *together = row
    named = {"id": id_, "journey": kept.journey, "key": key, "entered_at": instant(at), "wrote": wrote, "step": step}
    return named | {"together": together[0] if together else []}


def _untyped(value: Any) -> Any:
    match value:
        case {"time": text}:
            return datetime.fromisoformat(text)
        case {"date": text}:
            return date.fromisoformat(text)
        case {"number": text}:
            return Decimal(text)
    return value


def _tried(row: Sequence[Any]) -> dict[str, Any]:
    """An attempt's fields, its instants read."""
    named = _named(row, ATTEMPT)
    return {name: instant(one) if one and name in AT else one for name, one in named.items()}


def _instant(written_at: int | None) -> datetime | None:
    return None if written_at is None else instant(written_at)


def _named(values: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    return dict(zip(names, values, strict=False))
