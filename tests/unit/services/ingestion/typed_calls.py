"""Calls of a shop that declares types, as they are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kaskad.domain.journeys.project import EventSpec, Project, Source
from kaskad.domain.values.dialect import Formats
from kaskad.services.ingestion.segment_events import IncomingEvent, ParsedRequest, parse_request

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
SHOP = Project(
    sources={
        "till": Source(name="till", time_zone="Europe/Moscow", formats=Formats(time=("DD.MM.YYYY HH:mm",))),
        "comma": Source(name="comma", formats=Formats(decimal=",")),
    },
    events={
        "rated": EventSpec.model_validate(
            {
                "name": "rated",
                "properties": {
                    "stars": "number",
                    "fee": "money",
                    "currency": "text",
                    "at": "time",
                    "day": "date",
                    "sure": "boolean",
                    "words": "text",
                    "tags": "list",
                    "area.size": "number",
                },
            }
        )
    },
    attributes={"children": "number", "has_app": "boolean", "registered_at": "time", "email": "number"},
)


def read(*calls: dict[str, Any], source: str = "site") -> ParsedRequest:
    who = {"type": "track", "userId": "anna"}
    return parse_request({"batch": [who | call for call in calls]}, NOW, SHOP, source=source)


def event(name: str, said: dict[str, Any], source: str = "site") -> IncomingEvent:
    (found,) = read({"event": name, "properties": said}, source=source).events
    return found
