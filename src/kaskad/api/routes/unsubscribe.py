"""One-click unsubscribe (RFC 8058)."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from kaskad.api.customer_pages import Page, choose_texts, describe_subject, render_page
from kaskad.api.dependencies import refresh_catalogue
from kaskad.api.linked_pages import Words, link_router
from kaskad.runtime import Runtime
from kaskad.services.ingestion import receipts
from kaskad.services.ingestion.refusals.opt_outs import UnsubscribeScope
from kaskad.services.links import LinkKind

DONE = {
    UnsubscribeScope.TOPIC: Page.TOPIC,
    UnsubscribeScope.CHANNEL: Page.CHANNEL,
    UnsubscribeScope.JOURNEY: Page.JOURNEY,
    UnsubscribeScope.NOTHING: Page.NOTHING,
}
WORDS = Words(
    tag="Unsubscribe",
    show="Ask whether to unsubscribe",
    act="Unsubscribe",
    description="Takes back what the message stood on: advertising on its topic, or in its channel; of a message "
    "that was asked for, all that its journey would still write to this address. The page says which. Doing so "
    "twice is the same as once, whatever the body says.",
)


def router() -> APIRouter:
    """The route `/u/{token}`."""
    return link_router(LinkKind.UNSUBSCRIBE, WORDS, show=_ask, act=_unsubscribe, later=Page.LATER)


async def _ask(message: UUID, request: Request, runtime: Runtime) -> Response:
    return render_page(200, choose_texts(request), Page.QUESTION)


async def _unsubscribe(message: UUID, request: Request, runtime: Runtime) -> Response | None:
    """The page that says only what was done."""
    await refresh_catalogue(runtime)  # the topics' titles are in the files
    done = await receipts.unsubscribe(runtime, message)
    if done is None:
        return None
    said = choose_texts(request)
    topic = runtime.catalogue.project.topics.get(done.topic or "")
    title = topic.title.get(said.language) if topic else None
    return render_page(200, said, DONE[done.ended], spoken_of=describe_subject(said, done.channel, title))
