"""Events in Segment's format: stock clients work with nothing but their host changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from fastapi import APIRouter, Request, Response

from kaskad.api.access import Keys, user_of
from kaskad.api.bodies import EVENT_BYTES, read_json, too_large, unzipped
from kaskad.api.examples import CALLS
from kaskad.api.parts import TheKeys, TheRuntime, refresh
from kaskad.api.problems import documented
from kaskad.domain.errors import Rejected
from kaskad.services.hearing import incoming, ingest
from kaskad.services.hearing.incoming import Incoming

BATCH = "batch"
SUCCESS = b'{"success": true}'
Endpoint = Callable[[Request, TheRuntime, TheKeys], Awaitable[Response]]


def router() -> APIRouter:
    """`/v1/track`, `/v1/batch` and their kin, under the long names and the short ones of browsers."""
    routes = APIRouter(prefix="/v1", tags=["Events"])
    for call in CALLS:
        endpoint = _endpoint(call.kind)
        shown = routes.post(
            f"/{call.kind}",
            summary=call.summary,
            description=call.description,
            operation_id=call.kind,
            openapi_extra=call.openapi,
            responses={200: {"description": "Stored.", "content": _content()}, **documented(400, 401, 413, 503)},
        )
        shown(endpoint)
        routes.post(f"/{call.alias}", include_in_schema=False)(endpoint)
    return routes


def _content() -> dict[str, Any]:
    return {"application/json": {"example": {"success": True}}}


def _endpoint(kind: str) -> Endpoint:
    async def take(request: Request, runtime: TheRuntime, keys: TheKeys) -> Response:
        machine_now = datetime.now(UTC)
        speaker = request.headers.get("authorization")
        source = keys.source_of(user_of(speaker)) if speaker is not None else None
        payload = read_json(unzipped(await request.body()))
        source = source or _speaker_in(payload, keys)
        batch = _checked(_batch(kind, payload))
        await refresh(runtime)  # the events' own names are in the files
        await _store(runtime, source, incoming.read_batch(batch, machine_now, runtime.catalogue.project))
        return Response(SUCCESS, media_type="application/json")

    return take


def _speaker_in(payload: dict[str, Any], keys: Keys) -> str:
    """Browsers cannot always set a header: they name the key in the body."""
    return keys.source_of(payload.get("writeKey"))


def _batch(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The request as a batch. Of a single event, the path says what it is."""
    if kind == BATCH:
        if not isinstance(payload.get(BATCH), list):
            raise Rejected("'batch' must be a list of events")
        return payload
    return {BATCH: [{**payload, "type": kind}], "sentAt": payload.get("sentAt")}


def _checked(payload: dict[str, Any]) -> dict[str, Any]:
    for index, event in enumerate(payload[BATCH]):
        try:
            size = len(orjson.dumps(event))
        except orjson.JSONEncodeError:
            raise Rejected(f"batch[{index}] is nested too deeply") from None
        if size > EVENT_BYTES:
            raise too_large(f"batch[{index}]", EVENT_BYTES)
    return payload


async def _store(runtime: TheRuntime, source: str, events: list[Incoming]) -> None:
    try:
        await ingest.ingest(runtime, source, events)
    except psycopg.DataError as error:  # U+0000 and its kin are JSON, but nothing that a database can hold
        raise Rejected(f"an event holds what cannot be stored: {error.diag.message_primary or error}") from error
