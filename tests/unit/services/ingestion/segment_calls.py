"""Segment calls as other systems make them, and what a shop reads in them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kaskad.domain.journeys.project import EventSpec, Project
from kaskad.services.ingestion.consenting.consents import CONSENT_WITHDRAWN, parse_consent
from kaskad.services.ingestion.segment_events import IncomingEvent, ParsedRequest, parse_request

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
SHOP = Project(
    events={
        "consent_withdrawn": EventSpec(name="consent_withdrawn"),
        "list_left": EventSpec(name="list_left", aliases=("Unsubscribed From List",)),
    }
)
ANNA = "anna@customer.example"
EVERY, EMAIL = ("marketing", None, None), ("marketing", "email", None)
PUSH = [("marketing", "push", None), ("marketing", "webpush", None)]


def judged(*calls: Any) -> ParsedRequest:
    return parse_request({"batch": list(calls)}, NOW, SHOP, source="site")


def track(event: str, **said: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "userId": "anna", "messageId": "m1", "properties": said}


def identify(**traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "anna", "messageId": "m1", "traits": traits}


def taken_back(event: IncomingEvent) -> list[Any]:
    """What it takes back, as consents are stored."""
    words = event.refusal.words if event.refusal else ()
    return list(
        dict.fromkeys(
            covered for said in words for covered in parse_consent(CONSENT_WITHDRAWN, said, ("carts",)).covered
        )
    )
