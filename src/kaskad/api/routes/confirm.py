"""The link that confirms an address (double opt-in)."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from kaskad.api.customer_pages import Page, choose_texts, render_page
from kaskad.api.dependencies import client_ip
from kaskad.api.linked_pages import Words, link_router
from kaskad.runtime import Runtime
from kaskad.services.links import LinkKind
from kaskad.services.preferences.confirming import Confirmation, confirm_address

DONE = {
    Confirmation.DONE: Page.CONFIRMED,
    Confirmation.OTHER_ADDRESS: Page.OTHER_ADDRESS,
    Confirmation.NOTHING: Page.NOTHING,
}
WORDS = Words(
    tag="Preferences",
    show="Ask whether the address is theirs",
    act="Confirm an address",
    description="Confirms the address that the message went to (double opt-in), whatever the body says. Twice is the "
    "same as once.",
)


def router() -> APIRouter:
    """The route `/c/{token}`."""
    return link_router(LinkKind.CONFIRM, WORDS, show=_ask, act=_confirm, later=Page.CONFIRM_LATER)


async def _ask(message: UUID, request: Request, runtime: Runtime) -> Response:
    return render_page(200, choose_texts(request), Page.CONFIRM)


async def _confirm(message: UUID, request: Request, runtime: Runtime) -> Response | None:
    done = await confirm_address(runtime, message, ip=client_ip(request))
    return render_page(200, choose_texts(request), DONE[done]) if done else None
