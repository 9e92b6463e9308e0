"""Events in Segment's format: stock clients work if only their host is changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from kaskad.api.auth import parse_user
from kaskad.api.body_limits import read
from kaskad.api.dependencies import TheKeys, TheRuntime, refresh_catalogue
from kaskad.api.examples import EVENT_CALLS, describe_stored
from kaskad.api.problems import document_errors
from kaskad.domain.errors import Rejected
from kaskad.domain.rejection import RejectionCode
from kaskad.runtime import Runtime
from kaskad.services.ingestion import ingest, permissions, segment_events
from kaskad.services.ingestion.rejecting import rejected_events, unknown_events
from kaskad.services.ingestion.segment_events import EventRemark, ParsedRequest

BATCH = "batch"
SUCCESS = b'{"success": true}'
Endpoint = Callable[[Request, TheRuntime, TheKeys], Awaitable[Response]]


def router() -> APIRouter:
    """The routes `/v1/track`, `/v1/batch` and so on, with the long names and the short ones that browsers use."""
    routes = APIRouter(prefix="/v1", tags=["Events"])
    for call in EVENT_CALLS:
        endpoint = _endpoint(call.kind)
        shown = routes.post(
            f"/{call.kind}",
            summary=call.summary,
            description=call.description,
            operation_id=call.kind,
            openapi_extra=call.openapi,
            responses={200: describe_stored(), **document_errors(400, 401, 403, 413, 415, 503)},
        )
        shown(endpoint)
        routes.post(f"/{call.alias}", include_in_schema=False)(endpoint)
    return routes


def _endpoint(kind: str) -> Endpoint:
    async def take(request: Request, runtime: TheRuntime, keys: TheKeys) -> Response:
        machine_now = datetime.now(UTC)
        speaker = request.headers.get("authorization")
        source = await keys.source_of(runtime, parse_user(speaker)) if speaker is not None else None
        payload = read(await request.body(), request.headers.get("content-encoding", ""))
        source = source or await keys.source_of(runtime, payload.get("writeKey"))  # browsers cannot always set a header
        batch = _as_batch(kind, payload)
        await refresh_catalogue(runtime)  # the names of the shop's own events are in the files
        judged = segment_events.parse_request(batch, machine_now, runtime.catalogue.project, source=source)
        judged = permissions.apply_permissions(judged, runtime.catalogue.project.source_named(source))
        return _answer(*await _store(runtime, source, judged))

    return take


def _as_batch(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The request as a batch. For a single event, the path says its kind."""
    if kind == BATCH:
        if not isinstance(payload.get(BATCH), list):
            raise Rejected("'batch' must be a list of events")
        return payload
    return {BATCH: [{**payload, "type": kind}], "sentAt": payload.get("sentAt")}


async def _store(runtime: Runtime, source: str, judged: ParsedRequest) -> tuple[list[EventRemark], list[EventRemark]]:
    """The remarks about events that could not be stored, and about traits that were passed over.

    All others are stored and committed.
    """
    done = await ingest.ingest(runtime, source, judged.events)
    said = [
        EventRemark(event.index, RejectionCode.UNSTORABLE, f"the database does not take it: {why}")
        for event, why in done.refused
    ]
    lost = {remark.index for remark in said}
    kept = [contact for contact in done.kept if contact.differs]
    remarks = [*(remark for remark in judged.remarks if remark.index not in lost), *said]
    remarks += [*(contact.remark for contact in kept), *done.conflicts]
    await rejected_events.record_remarks(runtime, source, judged, remarks=remarks)
    await unknown_events.count_unknown(runtime, source, judged)
    rejected = sorted((remark for remark in remarks if not remark.stored), key=lambda remark: remark.index)
    return rejected, sorted((contact.remark for contact in done.kept), key=lambda remark: remark.index)


def _answer(rejected: list[EventRemark], passed_over: list[EventRemark]) -> Response:
    said = {"rejected": rejected, "passed_over": passed_over}
    if not any(said.values()):
        return Response(SUCCESS, media_type="application/json")
    shown = {
        name: [{"index": remark.index, "code": remark.code, "detail": remark.detail} for remark in remarks]
        for name, remarks in said.items()
        if remarks
    }
    return Response(orjson.dumps({"success": True, **shown}), media_type="application/json")
