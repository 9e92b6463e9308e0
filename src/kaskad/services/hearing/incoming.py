"""Events as they come in, in Segment's format, read and checked. Nothing is stored here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from kaskad.domain.cart import SNAPSHOT
from kaskad.domain.errors import Rejected
from kaskad.domain.shop import Project

BATCH_EVENTS = 2_500
SKEW = timedelta(seconds=5)  # less is the time that the request took; moved by it, batches would change places
LONGEST = 500  # characters of what goes into an index
IN_AN_INDEX = ("product_id", "cart_id", "order_id", "email")
OUR_OWN = frozenset({"identify", "back_in_stock", "price_drop", "low_stock"})  # raised here, never tracked
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
IDENTIFY = "identify"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event: who, what, when. `identities` are the ids a source knows the person by, strongest first."""

    message_id: str
    name: str
    identities: tuple[tuple[str, str], ...]
    occurred_at: datetime
    properties: Mapping[str, Any] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)


def read_batch(payload: Any, machine_now: datetime, project: Project) -> list[Incoming]:
    """The events of one request, a batch or a single one. Clock skew is corrected by `sentAt`. Raises Rejected."""
    if not isinstance(payload, dict):
        raise Rejected("the body must be a JSON object")
    raw = payload.get("batch", [payload])
    if not isinstance(raw, list) or len(raw) > BATCH_EVENTS:
        raise Rejected(f"'batch' must be a list of at most {BATCH_EVENTS} events")
    sent_at = _time(payload.get("sentAt"), "sentAt")
    skew = machine_now - sent_at if sent_at else timedelta(0)
    if abs(skew) < SKEW:
        skew = timedelta(0)
    names = {alias: spec.name for spec in project.events.values() for alias in (spec.name, *spec.aliases)}
    events = [_read(one, index, skew, machine_now, names) for index, one in enumerate(raw)]
    return [event for event in events if event]


def _read(raw: Any, index: int, skew: timedelta, machine_now: datetime, names: Mapping[str, str]) -> Incoming | None:
    where = f"batch[{index}]"
    if not isinstance(raw, dict):
        raise Rejected(f"{where} must be an object")
    _check_storable(raw, where)
    kind = raw.get("type") or ("track" if "event" in raw else IDENTIFY)
    if kind not in ("track", IDENTIFY):
        return None  # page, screen, group and alias say nothing that a journey asks for
    message_id = raw.get("messageId")
    if not isinstance(message_id, str) or not 1 <= len(message_id) <= 200:
        raise Rejected(f"{where}.messageId must be a text of 1 to 200 characters")
    event = raw.get("event") if kind == "track" else IDENTIFY
    if not isinstance(event, str) or not event:
        raise Rejected(f"{where}.event must name the event")
    context = _mapping(raw.get("context"), f"{where}.context")
    timestamp = _time(raw.get("timestamp"), f"{where}.timestamp")
    properties = _snake(_mapping(raw.get("properties"), f"{where}.properties"))
    name = names.get(event) or snake_case(event)
    if kind == "track" and name in OUR_OWN:
        raise Rejected(f"{where}.event: '{name}' is no event that can be tracked")
    _check_length(where, {"event": event} | {key: properties.get(key) for key in IN_AN_INDEX})
    return Incoming(
        message_id=message_id,
        name=SNAPSHOT if name == "cart_updated" else name,
        identities=_identities(raw, context, where),
        occurred_at=(timestamp + skew) if timestamp else machine_now,
        properties=properties,
        traits=_snake(_mapping(raw.get("traits") or context.get("traits"), f"{where}.traits")),
        context=context,
    )


def _identities(raw: Mapping[str, Any], context: Mapping[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    found = [("user_id", raw.get("userId"))]
    external = context.get("externalIds")
    for one in external if isinstance(external, list) else ():
        if isinstance(one, dict) and isinstance(one.get("type"), str):
            found.append((one["type"], one.get("id")))
    traits = raw.get("traits")
    if isinstance(traits, dict):
        found.append(("card", traits.get("card")))
    found.append(("anonymous_id", raw.get("anonymousId")))
    named = [(kind, str(value)) for kind, value in found if value not in (None, "")]
    for kind, value in named:
        _check_length(where, {kind[:LONGEST]: value, "externalIds.type": kind})
    if not named:
        raise Rejected(f"{where} names nobody: give userId, anonymousId or context.externalIds")
    return tuple(dict.fromkeys(named))


def _check_length(where: str, values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if len(str(value)) > LONGEST:
            raise Rejected(f"{where}: '{key}' is longer than {LONGEST} characters")


def _check_storable(raw: Mapping[str, Any], where: str) -> None:
    """Raises Rejected for what Python reads as JSON, but no database holds."""
    try:
        text = json.dumps(raw, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise Rejected(f"{where} holds what cannot be stored: NaN, half a character, or too deep a nest") from None
    if NUL.search(text):
        raise Rejected(f"{where} holds what cannot be stored: the character U+0000")


@lru_cache(maxsize=10_000)
def snake_case(name: str) -> str:
    """`Order Completed`, `orderCompleted` → `order_completed`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^0-9A-Za-z]+", "_", spaced).strip("_").lower()


def _snake(values: Mapping[str, Any]) -> dict[str, Any]:
    return {snake_case(key): value for key, value in values.items()}


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Rejected(f"{where} must be an object")
    return value


def _time(value: Any, where: str) -> datetime | None:
    if value is None:
        return None
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        raise Rejected(f"{where} must be an ISO 8601 time, not {str(value)[:40]!r}") from None
    read = read if read.tzinfo else read.replace(tzinfo=UTC)
    if not EARLIEST <= read <= LATEST:
        raise Rejected(f"{where} must lie between {EARLIEST:%Y} and {LATEST:%Y}")
    return read.astimezone(UTC)
