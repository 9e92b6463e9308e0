"""One event of a customer in words: what they did, where, and about what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kaskad.domain.journeys.project import Project
from kaskad.services import wording


def name_place(row: Mapping[str, Any]) -> str:
    """Returns where it happened: the place and the store that the event itself names, else its source."""
    said = row["properties"]
    return ", ".join(str(said[key]) for key in ("place", "store") if said.get(key)) or str(row["source"])


def describe_event(row: Mapping[str, Any], project: Project) -> str:
    """Returns the event (`name`, `source`, `properties`, `spoiled`): "bought in the store (Lenina 5): 900 RUB"."""
    said = row["properties"]
    about = [
        about for about in (_describe_thing(said), _describe_money(said, project), _describe_consent(said)) if about
    ]
    text = f"{wording.event_phrase(row['name'])} {wording.place_phrase(name_place(row))}" + (
        f": {', '.join(about)}" if about else ""
    )
    return f"{text}{_describe_spoiled(row)}"


def _describe_spoiled(row: Mapping[str, Any]) -> str:
    """Returns which values could not be read, and what was said in their place if that is still kept."""
    if not row["spoiled"]:
        return ""
    return f"; {row.get('unread') or wording.join_words(row['spoiled']) + ' could not be read'}"


def _describe_thing(said: Mapping[str, Any]) -> str:
    named = [said, *(line for line in said.get("products") or () if isinstance(line, dict))]
    return ", ".join(
        str(product.get("name") or product["product_id"]) for product in named if product.get("product_id")
    )


def _describe_money(said: Mapping[str, Any], project: Project) -> str:
    return f"{said['total']} {said.get('currency') or project.shop.currency}" if said.get("total") is not None else ""


def _describe_consent(said: Mapping[str, Any]) -> str:
    """Returns what consent was given or withdrawn for."""
    if "purpose" not in said:
        return ""
    channels = [wording.channel_label(channel) for channel in _listed(said.get("channel"))]
    parts = [*_listed(said["purpose"]), *(channels or ["every channel"])]
    parts += [f"topic {topic}" for topic in _listed(said.get("topic"))]
    parts += [f"sender {sender}" for sender in _listed(said.get("sender"))]
    until = said.get("paused_until") or said.get("expires_at")
    return ", ".join([*parts, *([f"until {until}"] if until else [])])


def _listed(value: Any) -> list[str]:
    """Returns the texts of a value that may be one or a list; a source may write anything."""
    return [str(part) for part in (value if isinstance(value, list) else [value]) if part not in (None, "")]
