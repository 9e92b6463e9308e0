"""The preference centre: what a customer gets, and their choice. POST acts; GET only shows."""

from __future__ import annotations

import logging
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from kaskad.api.customer_pages import Page, choose_texts, render_page, respond
from kaskad.api.dependencies import TheRuntime, client_ip
from kaskad.api.page_texts import PageTexts
from kaskad.api.preference_page import read_choice, render_preferences
from kaskad.api.problems import RETRY_AFTER, UNREACHABLE
from kaskad.domain.errors import InvalidSignature
from kaskad.services.links import LinkKind
from kaskad.services.preferences.choosing import Proof, choose
from kaskad.services.preferences.state import Preferences, load_preferences

_log = logging.getLogger(__name__)


def router() -> APIRouter:
    """The route `/p/{token}`: no cookies, no redirect, no script."""
    routes = APIRouter(prefix="/p", tags=["Preferences"], default_response_class=Response)
    pages: dict[int | str, dict[str, Any]] = {
        200: {"description": "A page for people: what stands now.", "content": {"text/html": {}}},
        404: {"description": "The link is damaged.", "content": {"text/html": {}}},
        503: {"description": "Not done: ask again.", "content": {"text/html": {}}},
    }
    routes.api_route("/{token}", methods=["HEAD"], include_in_schema=False)(_show)
    routes.get("/{token}", summary="Show what the customer gets", responses=pages)(_show)
    routes.post(
        "/{token}",
        summary="Choose what to get",
        description="The forms of the page: `action=save` with the boxes that it showed, `action=pause`, "
        "`action=leave`. Anything else changes nothing. Doing so twice is the same as once.",
        responses=pages,
    )(_act)
    return routes


async def _show(token: str, request: Request, runtime: TheRuntime) -> Response:
    try:
        message = runtime.links.message_of(token, LinkKind.PREFERENCES)
        shown = await load_preferences(runtime, message)
    except InvalidSignature:
        shown = None
    except UNREACHABLE as error:
        return _later(request, error)
    return _page(request, runtime, shown) if shown else render_page(404, choose_texts(request), Page.DAMAGED)


async def _act(token: str, request: Request, runtime: TheRuntime) -> Response:
    choice = read_choice(await request.body())
    try:
        message = runtime.links.message_of(token, LinkKind.PREFERENCES)
        before = await load_preferences(runtime, message)
        if before is None or choice is None or before.is_test:
            shown = before
        else:
            said = choose_texts(request, before.locale)
            proof = Proof(said.version, said.digest, client_ip(request))
            shown = await choose(runtime, message, choice, proof=proof)
    except InvalidSignature:
        before = shown = None
    except UNREACHABLE as error:
        return _later(request, error)
    if shown is None:
        return render_page(404, choose_texts(request), Page.DAMAGED)
    return _page(request, runtime, shown, notice="unchanged" if shown == before else "saved")


def _page(request: Request, runtime: TheRuntime, shown: Preferences, *, notice: str = "") -> Response:
    said: PageTexts = choose_texts(request, shown.locale)
    zone = ZoneInfo(runtime.catalogue.project.shop.time_zone)
    document = render_preferences(said, shown, zone=zone, notice="test" if shown.is_test else notice)
    return respond(200, said.language, document)


def _later(request: Request, error: Exception) -> Response:
    _log.warning("the preference centre cannot be reached: %s", error)
    return render_page(503, choose_texts(request), Page.PREFERENCES_LATER, headers=RETRY_AFTER)
