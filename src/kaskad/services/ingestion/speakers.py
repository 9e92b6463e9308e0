"""What events say of who they are about, and what is told of it to their source's owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kaskad.domain.events import IDENTIFY
from kaskad.domain.identities.people import Conflict, Speaker
from kaskad.domain.journeys.project import Project
from kaskad.domain.rejection import RejectionCode
from kaskad.services.identities.conflicts import describe
from kaskad.services.ingestion.contacts import TRAIT_CHANNELS
from kaskad.services.ingestion.segment_events import EventRemark, IncomingEvent


def read(events: Sequence[IncomingEvent], source: str, *, project: Project, now: datetime) -> list[Speaker]:
    """Returns who speaks in each of these events of the source; nothing that they say is later than `now`."""
    public = project.source_named(source).public
    return [
        Speaker(
            event.identities,
            source,
            event.message_id,
            at=min(event.occurred_at, now),
            public=public,
            tells_contact=event.name == IDENTIFY and _tells_contact(event),
        )
        for event in events
    ]


def remark(conflicts: Sequence[Conflict], events: Sequence[IncomingEvent]) -> tuple[EventRemark, ...]:
    """Returns a remark for each of these conflicts, for the source's owner alone.

    The source itself gets no answer: a public one would learn whose addresses the shop knows.
    """
    if not conflicts:
        return ()
    places = {event.message_id: event.index for event in reversed(events)}
    return tuple(
        EventRemark(places.get(said.message_id, 0), RejectionCode.IDENTITY_CONFLICT, describe(said), stored=True)
        for said in conflicts
    )


def _tells_contact(event: IncomingEvent) -> bool:
    device = event.context.get("device")
    return not TRAIT_CHANNELS.keys().isdisjoint(event.traits) or (isinstance(device, dict) and "token" in device)
