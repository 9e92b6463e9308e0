"""One-click unsubscribe (RFC 8058): POST unsubscribes; GET only asks, so that mail scanners change nothing."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import APIRouter, Request, Response

from kaskad.api.customer_pages import Page, choose_texts, describe_subject, render_page
from kaskad.api.dependencies import TheRuntime, refresh_catalogue
from kaskad.api.page_texts import PageTexts
from kaskad.api.problems import RETRY_AFTER, UNREACHABLE
from kaskad.domain.errors import InvalidSignature
from kaskad.services.ingestion import receipts
from kaskad.services.ingestion.refusals.opt_outs import UnsubscribeResult, UnsubscribeScope

DONE = {
    UnsubscribeScope.TOPIC: Page.TOPIC,
    UnsubscribeScope.CHANNEL: Page.CHANNEL,
    UnsubscribeScope.JOURNEY: Page.JOURNEY,
    UnsubscribeScope.NOTHING: Page.NOTHING,
}
_log = logging.getLogger(__name__)


def router() -> APIRouter:
    """The route `/u/{token}`: no cookies, no redirect, no script. A POST unsubscribes, whatever its body says."""
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
        description="Takes back what the message stood on: advertising on its topic, or in its channel; of a message "
        "that was asked for, all that its journey would still write to this address. The page says which. Doing so "
        "twice is the same as once.",
        responses=pages | {503: {"description": "Not done: ask again.", "content": {"text/html": {}}}},
    )(_act)
    return routes


async def _ask(token: str, request: Request, runtime: TheRuntime) -> Response:
    said = choose_texts(request)
    try:
        runtime.links.message_of(token)
    except InvalidSignature:
        return render_page(404, said, Page.DAMAGED)
    return render_page(200, said, Page.QUESTION)


async def _act(token: str, request: Request, runtime: TheRuntime) -> Response:
    said = choose_texts(request)
    try:
        message = runtime.links.message_of(token)
        await refresh_catalogue(runtime)  # the topics' titles are in the files
        done = await receipts.unsubscribe(runtime, message)
    except InvalidSignature:
        return render_page(404, said, Page.DAMAGED)
    except UNREACHABLE as error:
        _log.warning("nobody was unsubscribed: %s", error)
        return render_page(503, said, Page.LATER, headers=RETRY_AFTER)
    return _render_done(runtime, said, done) if done else render_page(404, said, Page.DAMAGED)


def _render_done(runtime: TheRuntime, said: PageTexts, done: UnsubscribeResult) -> Response:
    """The page that says only what was done."""
    topic = runtime.catalogue.project.topics.get(done.topic or "")
    title = topic.title.get(said.language) if topic else None
    return render_page(200, said, DONE[done.ended], spoken_of=describe_subject(said, done.channel, title))
