"""Messages as somebody would read them, for checks, previews and test sends: nothing of an offer is given away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kaskad.content import CompiledMessage, MessageSpec, Renderer
from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Project
from kaskad.services.sending.offers import stand_in
from kaskad.services.sending.rendering import Rendered, data_of, product_of, rendered


def sampled(
    renderer: Renderer,
    message: CompiledMessage,
    channel: Channel,
    locale: str,
    known: Mapping[str, Any],
    project: Project,
    links: Mapping[str, str],
    now: datetime,
) -> Rendered:
    """The fields that the reader of whom this is known would get, or why there are none."""
    data = data_of(known, project.shop, links, message) | _offered(message.spec, project, known, now)
    return rendered(renderer, message, channel, locale, data)


def shown_sender(project: Project, message: CompiledMessage, channel: Channel) -> str:
    """In whose name it is shown: of the message's own sender, else of the first that there is."""
    sender = project.senders.get(message.spec.sender or "") or next(iter(project.senders.values()), None)
    return (sender.addresses.get(channel) if sender else None) or project.shop.name


def _offered(spec: MessageSpec, project: Project, known: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Codes that nobody can use, and the cart's own things as what is recommended."""
    shop = project.shop
    language = (known["locale"] or shop.locale).partition("-")[0]
    things = [*known["items"], *([known["product"]] if known["product"] else [])]
    shown: dict[str, Any] = {}
    for name, asked in spec.data.items():
        if asked.promo in project.promos:
            shown[name] = stand_in(project.promos[asked.promo], now)
        elif asked.recommend:
            shown[name] = [product_of(thing, language, shop) for thing in things]
    return shown
