"""The preference centre: what a customer gets, and their choice."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from kaskad.api.customer_pages import Page, choose_texts, respond
from kaskad.api.dependencies import client_ip
from kaskad.api.linked_pages import Words, link_router
from kaskad.api.preference_page import read_choice, render_preferences
from kaskad.runtime import Runtime
from kaskad.services.links import LinkKind
from kaskad.services.preferences.choosing import Proof, choose
from kaskad.services.preferences.state import Preferences, load_preferences

WORDS = Words(
    tag="Preferences",
    show="Show what the customer gets",
    act="Choose what to get",
    description="The forms of the page: `action=save` with the boxes that it showed, `action=pause`, "
    "`action=leave`. Anything else changes nothing. Doing so twice is the same as once.",
)


def router() -> APIRouter:
    """The route `/p/{token}`."""
    return link_router(LinkKind.PREFERENCES, WORDS, show=_show, act=_choose, later=Page.PREFERENCES_LATER)


async def _show(message: UUID, request: Request, runtime: Runtime) -> Response | None:
    shown = await load_preferences(runtime, message)
    return _page(request, runtime, shown) if shown else None


async def _choose(message: UUID, request: Request, runtime: Runtime) -> Response | None:
    choice = read_choice(await request.body())
    before = shown = await load_preferences(runtime, message)
    if before is not None and choice is not None and not before.is_test:
        said = choose_texts(request, before.locale)
        shown = await choose(runtime, message, choice, proof=Proof(said.version, said.digest, client_ip(request)))
    return _page(request, runtime, shown, notice="unchanged" if shown == before else "saved") if shown else None


def _page(request: Request, runtime: Runtime, shown: Preferences, *, notice: str = "") -> Response:
    said = choose_texts(request, shown.locale)
    zone = ZoneInfo(runtime.catalogue.project.shop.time_zone)
    document = render_preferences(said, shown, zone=zone, notice="test" if shown.is_test else notice)
    return respond(200, said.language, document)
