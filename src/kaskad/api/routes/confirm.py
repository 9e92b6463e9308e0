"""The link that confirms an address: POST confirms; GET only asks, so that mail scanners confirm nothing."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import APIRouter, Request, Response

from kaskad.api.customer_pages import Page, choose_texts, render_page
from kaskad.api.dependencies import TheRuntime, client_ip
from kaskad.api.problems import RETRY_AFTER, UNREACHABLE
from kaskad.domain.errors import InvalidSignature
from kaskad.services.links import LinkKind
from kaskad.services.preferences.confirming import Confirmation, confirm_address

DONE = {
    Confirmation.DONE: Page.CONFIRMED,
    Confirmation.OTHER_ADDRESS: Page.OTHER_ADDRESS,
    Confirmation.NOTHING: Page.NOTHING,
}
_log = logging.getLogger(__name__)


def router() -> APIRouter:
    """The route `/c/{token}`: no cookies, no redirect, no script. A POST confirms, whatever its body says."""
    routes = APIRouter(prefix="/c", tags=["Preferences"], default_response_class=Response)
    pages: dict[int | str, dict[str, Any]] = {
        200: {"description": "A page for people.", "content": {"text/html": {}}},
        404: {"description": "The link is damaged.", "content": {"text/html": {}}},
    }
    routes.api_route("/{token}", methods=["HEAD"], include_in_schema=False)(_ask)
    routes.get("/{token}", summary="Ask whether the address is theirs", responses=pages)(_ask)
    routes.post(
        "/{token}",
        summary="Confirm an address",
        description="Confirms the address that the message went to (double opt-in). Twice is the same as once.",
        responses=pages | {503: {"description": "Not done: ask again.", "content": {"text/html": {}}}},
    )(_act)
    return routes


async def _ask(token: str, request: Request, runtime: TheRuntime) -> Response:
    said = choose_texts(request)
    try:
        runtime.links.message_of(token, LinkKind.CONFIRM)
    except InvalidSignature:
        return render_page(404, said, Page.DAMAGED)
    return render_page(200, said, Page.CONFIRM)


async def _act(token: str, request: Request, runtime: TheRuntime) -> Response:
    said = choose_texts(request)
    try:
        message = runtime.links.message_of(token, LinkKind.CONFIRM)
        done = await confirm_address(runtime, message, ip=client_ip(request))
    except InvalidSignature:
        return render_page(404, said, Page.DAMAGED)
    except UNREACHABLE as error:
        _log.warning("no address was confirmed: %s", error)
        return render_page(503, said, Page.CONFIRM_LATER, headers=RETRY_AFTER)
    return render_page(200, said, DONE[done]) if done else render_page(404, said, Page.DAMAGED)
