"""The kinds of files, and their schemas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kaskad.config.schema import import_maps, journey, journey_tests, project_files
from kaskad.config.schema.cascade import cascades_schema
from kaskad.config.schema.conditions import condition_definitions as conditions
from kaskad.config.schema.feeds import feeds_schema
from kaskad.config.schema.names import ProjectNames
from kaskad.config.schema.parts import Schema

DRAFT = "http://json-schema.org/draft-07/schema#"  # the version that yaml-language-server supports best


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: its paths and its schema. `parts` are the definitions that the schema refers to."""

    files: str  # relative to the project
    schema: Callable[[ProjectNames], Schema]
    parts: Callable[[ProjectNames], dict[str, Schema]] | None = None


FILE_KINDS = {
    "journey": FileKind("configs/journeys/*.yaml", journey.journey_schema, journey.journey_definitions),
    "campaign": FileKind("configs/campaigns/*.yaml", journey.campaign_schema, journey.journey_definitions),
    "tests": FileKind("configs/journeys/tests/*.yaml", journey_tests.journey_tests_schema),
    "shop": FileKind("configs/shop.yaml", project_files.shop_schema),
    "providers": FileKind("configs/providers.yaml", project_files.providers_schema),
    "channels": FileKind("configs/channels.yaml", project_files.channels_schema),
    "cascades": FileKind("configs/cascades.yaml", cascades_schema),
    "topics": FileKind("configs/topics.yaml", project_files.topics_schema),
    "senders": FileKind("configs/senders.yaml", project_files.senders_schema),
    "policy": FileKind("configs/policy.yaml", project_files.policy_schema),
    "segments": FileKind("configs/segments.yaml", project_files.segments_schema, conditions),
    "promos": FileKind("configs/promos.yaml", project_files.promos_schema),
    "webhooks": FileKind("configs/webhooks.yaml", project_files.webhooks_schema),
    "feeds": FileKind("configs/feeds.yaml", feeds_schema),
    "sources": FileKind("configs/sources.yaml", project_files.sources_schema),
    "identities": FileKind("configs/identities.yaml", project_files.identities_schema),
    "events": FileKind("configs/events.yaml", project_files.events_schema),
    "attributes": FileKind("configs/attributes.yaml", project_files.attributes_schema),
    "import-map": FileKind("*/import-maps/*.yaml", import_maps.import_map_schema),
}


def build_json_schema(kind: str, names: ProjectNames) -> Schema:
    """The JSON Schema (draft 7) of one kind of file."""
    file_kind = FILE_KINDS[kind]
    parts = {"definitions": file_kind.parts(names)} if file_kind.parts else {}
    return {"$schema": DRAFT, "title": f"Kaskad: {file_kind.files}", **file_kind.schema(names), **parts}


def build_json_schemas(names: ProjectNames) -> dict[str, Schema]:
    """The schemas of all kinds of files, by kind."""
    return {kind: build_json_schema(kind, names) for kind in FILE_KINDS}
