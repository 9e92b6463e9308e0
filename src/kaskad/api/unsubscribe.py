"""One-click unsubscribe (RFC 8058): POST acts; GET only asks, so that mail scanners change nothing."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import APIRouter, Request, Response

from kaskad.api.page import Page, Words, language_of, rendered, words
from kaskad.api.parts import TheRuntime
from kaskad.api.problems import RETRY_AFTER, UNREACHABLE
from kaskad.domain.errors import Forged
from kaskad.services.hearing import receipts

_log = logging.getLogger(__name__)


def router() -> APIRouter:
    """`/u/{token}`: no cookies, no redirect, no script. Whatever the body says, a POST unsubscribes."""
    routes = APIRouter(prefix="/u", tags=["Unsubscribe"], default_response_class=Response)
    pages: dict[int | str, dict[str, Any]] = {
        200: {"description": "A page for people.", "content": {"text/html": {}}},
        404: {"description": "The link is damaged.", "content": {"text/html": {}}},
    }
    routes.api_route("/{token}", methods=["HEAD"], include_in_schema=False)(_ask)
    routes.get("/{token}", summary="Ask whether to unsubscribe", responses=pages)(_ask)
    routes.post(
        "/{token}",
        summary="Unsubscribe",
        description="Takes back the consent that the message stood on. Doing so twice is the same as once.",
        responses=pages | {503: {"description": "Not done: ask again.", "content": {"text/html": {}}}},
    )(_act)
    return routes


async def _ask(token: str, request: Request, runtime: TheRuntime) -> Response:
    said = _words(request)
    try:
        runtime.links.message_of(token)
    except Forged:
        return rendered(404, said, Page.DAMAGED)
    return rendered(200, said, Page.QUESTION)


async def _act(token: str, request: Request, runtime: TheRuntime) -> Response:
    said = _words(request)
    try:
        known = await receipts.unsubscribe(runtime, runtime.links.message_of(token))
    except Forged:
        return rendered(404, said, Page.DAMAGED)
    except UNREACHABLE as error:
        _log.warning("nobody was unsubscribed: %s", error)
        return rendered(503, said, Page.LATER, RETRY_AFTER)
    return rendered(200, said, Page.DONE) if known else rendered(404, said, Page.DAMAGED)


def _words(request: Request) -> Words:
    return words(language_of(request.headers.get("accept-language", "")))
