"""Pages behind the signed links of messages: POST acts, GET only shows, so that mail scanners change nothing."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from kaskad.api.customer_pages import Page, choose_texts, render_page
from kaskad.api.dependencies import TheRuntime
from kaskad.api.problems import RETRY_AFTER, UNREACHABLE
from kaskad.domain.errors import InvalidSignature
from kaskad.runtime import Runtime
from kaskad.services.links import PATHS, LinkKind

# The page for the message of the link; None if there is no such message (any more).
Answer = Callable[[UUID, Request, Runtime], Awaitable[Response | None]]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """How the document of the API names both requests, and what it says of the one that acts."""

    tag: str
    show: str
    act: str
    description: str


def link_router(kind: LinkKind, words: Words, *, show: Answer, act: Answer, later: Page) -> APIRouter:
    """The routes of one kind of link: no cookie, no redirect, no script. `later` is shown while nothing can be done."""
    routes = APIRouter(prefix=f"/{PATHS[kind]}", tags=[words.tag], default_response_class=Response)
    pages: dict[int | str, dict[str, Any]] = {
        200: {"description": "A page for people.", "content": {"text/html": {}}},
        404: {"description": "The link is damaged.", "content": {"text/html": {}}},
        503: {"description": "Not done: ask again.", "content": {"text/html": {}}},
    }
    shown, acted = _endpoint(kind, show, later), _endpoint(kind, act, later)
    routes.api_route("/{token}", methods=["HEAD"], include_in_schema=False)(shown)
    routes.get("/{token}", summary=words.show, responses=pages)(shown)
    routes.post("/{token}", summary=words.act, description=words.description, responses=pages)(acted)
    return routes


def _endpoint(kind: LinkKind, answer: Answer, later: Page) -> Callable[[str, Request, TheRuntime], Awaitable[Response]]:
    async def respond(token: str, request: Request, runtime: TheRuntime) -> Response:
        try:
            done = await answer(runtime.links.message_of(token, kind), request, runtime)
        except InvalidSignature:
            done = None
        except UNREACHABLE as error:
            _log.warning("the page of a link (%s) cannot be served: %s", kind, error)
            return render_page(503, choose_texts(request), later, headers=RETRY_AFTER)
        return done or render_page(404, choose_texts(request), Page.DAMAGED)

    return respond
