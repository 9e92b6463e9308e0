"""Reads the stored inputs of a decision (written by domain/decisions/snapshot_dump.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kaskad.domain.decisions.facts import Enrollment, Facts
from kaskad.domain.decisions.snapshot_dump import (
    ANY_CHANNEL,
    ATTEMPT_FIELDS,
    CONSENT_FIELDS,
    TOUCH_FIELDS,
    facts_adapter,
    from_microseconds,
)
from kaskad.domain.outcome import EnrollmentStatus

Row = Mapping[str, Any]
TIME_FIELDS = ("at", "delivered_at", "opened_at", "clicked_at")


@dataclass(frozen=True, slots=True)
class DecisionInputs:
    """The inputs of a decision: the enrollment's state, the facts, and the version that decided."""

    enrollment: Enrollment
    facts: Facts
    version: int
    files: int  # the generation of the files that are not pinned


def load_snapshot(seen: Row, kept: Enrollment) -> DecisionInputs:
    """The inputs of the decision; `kept` is the enrollment's row, for the fields that never change."""
    exit_ = seen.get("exit")
    facts = {
        "person": _load_customer(seen, kept),
        "truths": seen.get("truths", {}),
        "exit": {"event": exit_[0], "occurred_at": from_microseconds(exit_[1]), "place": exit_[2]} if exit_ else None,
        "happened": {step: _optional_instant(at) for step, at in seen.get("happened", {}).items()},
        "attempts": {step: [_load_attempt(one) for one in tries] for step, tries in seen.get("attempts", {}).items()},
        "last_heard": {name: from_microseconds(at) for name, at in seen.get("heard", {}).items() if at},
        "down": seen.get("down", []),
        "values": {path: _load_value(value) for path, value in seen.get("values", {}).items()},
        **seen.get("more", {}),
    }
    return DecisionInputs(
        _load_enrollment(seen.get("stood"), kept),
        facts_adapter().validate_python(facts),
        seen["version"],
        seen["files"],
    )


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
        "zone": seen["zone"],
        "locale": "",  # decisions do not depend on it
        "contacts": {
            c: state or "active" for c, _, state in (one.partition(":") for one in seen.get("contacts", "").split())
        },
        "consents": [
            _zip_names(
                [None if channel == ANY_CHANNEL else channel, topic, granted, from_microseconds(at)], CONSENT_FIELDS
            )
            for topic, granted, at, channels in seen.get("consents", ())
            for channel in channels.split()
        ],
        "touches": [_zip_names(touch, TOUCH_FIELDS) for *touch, count in seen.get("touches", ()) for _ in range(count)],
        "answered": {channel: from_microseconds(at) for channel, at in seen.get("answered", {}).items()},
        "entries": [_load_entry(row, kept) for row in _entry_rows(seen)],
    }


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
    return {name: from_microseconds(one) if one and name in TIME_FIELDS else one for name, one in named.items()}


def _optional_instant(written_at: int | None) -> datetime | None:
    return None if written_at is None else from_microseconds(written_at)


def _zip_names(values: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    return dict(zip(names, values, strict=False))
