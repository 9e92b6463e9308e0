"""Stores what is understood by now of events that were kept, and what is odd in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from kaskad.services.ingestion import ingest, permissions
from kaskad.services.ingestion.ingest import IngestDeps
from kaskad.services.ingestion.permissions import KeptContact
from kaskad.services.ingestion.rejecting import rejected_events
from kaskad.services.ingestion.rejecting.rejected_events import RecordRemarksDeps
from kaskad.services.ingestion.segment_events import EventRemark, ParsedRequest

CUT = "cut"  # its body was too long to be kept whole


class TakeInDeps(IngestDeps, RecordRemarksDeps, Protocol):
    """What this needs."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """The requests that were stored, by their places; how many were not, by code; `conflicts` of identities."""

    requests: Mapping[int, ParsedRequest]
    rejected: Counter[str]
    passed_over: Sequence[KeptContact]
    conflicts: Sequence[EventRemark] = ()


async def take_in(deps: TakeInDeps, source: str, requests: Sequence[ParsedRequest | None]) -> TakenIn:
    """Stores these requests of the source, each of one event, by what the source may tell now; None: it was cut."""
    codes: Counter[str] = Counter()
    understood: dict[int, ParsedRequest] = {}
    for place, parsed in enumerate(requests):
        if parsed is None:
            codes[CUT] += 1
            continue
        request = permissions.apply_permissions(parsed, deps.catalogue.project.source_named(source))
        if request.events:
            understood[place] = request
        else:
            codes.update(remark.code for remark in request.remarks)
    events = [replace(event, index=place) for place, request in understood.items() for event in request.events]
    done = await ingest.ingest(deps, source, events)
    refused = {event.index for event, _ in done.refused}
    codes.update({"unstorable": len(refused)} if refused else {})
    stored = {place: request for place, request in understood.items() if place not in refused}
    return TakenIn(stored, codes, [contact for contact in done.kept if contact.differs], conflicts=done.conflicts)


async def keep_remarks(deps: TakeInDeps, source: str, taken: TakenIn) -> None:
    """Keeps what is odd in the events that were stored."""
    for place, request in taken.requests.items():
        odd = [replace(contact, index=0).remark for contact in taken.passed_over if contact.index == place]
        odd += [replace(remark, index=0) for remark in taken.conflicts if remark.index == place]
        await rejected_events.record_remarks(deps, source, request, remarks=[*request.remarks, *odd])
