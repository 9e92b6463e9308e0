"""The kinds of files, and the schema of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kaskad.config.schema import journey, rehearsal, shop
from kaskad.config.schema.asking import definitions as conditions
from kaskad.config.schema.cascade import cascades
from kaskad.config.schema.names import Names
from kaskad.config.schema.parts import Schema

DRAFT = "http://json-schema.org/draft-07/schema#"  # the one that yaml-language-server knows best


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: which ones they are, and what they say. `parts` are what the schema refers to."""

    files: str  # relative to the project
    schema: Callable[[Names], Schema]
    parts: Callable[[Names], dict[str, Schema]] | None = None


KINDS = {
    "journey": Kind("configs/journeys/*.yaml", journey.journey, journey.definitions),
    "campaign": Kind("configs/campaigns/*.yaml", journey.campaign, journey.definitions),
    "tests": Kind("configs/journeys/tests/*.yaml", rehearsal.tests),
    "shop": Kind("configs/shop.yaml", shop.shop),
    "providers": Kind("configs/providers.yaml", shop.providers),
    "channels": Kind("configs/channels.yaml", shop.channels),
    "cascades": Kind("configs/cascades.yaml", cascades),
    "topics": Kind("configs/topics.yaml", shop.topics),
    "senders": Kind("configs/senders.yaml", shop.senders),
    "policy": Kind("configs/policy.yaml", shop.policy),
    "segments": Kind("configs/segments.yaml", shop.segments, conditions),
    "promos": Kind("configs/promos.yaml", shop.promos),
    "webhooks": Kind("configs/webhooks.yaml", shop.webhooks),
    "sources": Kind("configs/sources.yaml", shop.sources),
    "events": Kind("configs/events.yaml", shop.events),
    "attributes": Kind("configs/attributes.yaml", shop.attributes),
}


def schema(kind: str, names: Names) -> Schema:
    """The JSON Schema (draft 7) of one kind of file."""
    one = KINDS[kind]
    parts = {"definitions": one.parts(names)} if one.parts else {}
    return {"$schema": DRAFT, "title": f"Kaskad: {one.files}", **one.schema(names), **parts}


def schemas(names: Names) -> dict[str, Schema]:
    """All of them, by kind."""
    return {kind: schema(kind, names) for kind in KINDS}
