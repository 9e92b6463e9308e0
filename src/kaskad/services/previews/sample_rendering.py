"""Renders messages for checks, previews and test sends: no code or other offer is used up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kaskad.content import CompiledMessage, MessageSpec, Renderer
from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Project
from kaskad.services.delivery.offers import placeholder_code
from kaskad.services.delivery.rendering import RenderResult, build_product, build_template_data, render_fields


def render_sample(
    renderer: Renderer,
    message: CompiledMessage,
    channel: Channel,
    *,
    locale: str,
    known: Mapping[str, Any],
    project: Project,
    links: Mapping[str, str],
    now: datetime,
) -> RenderResult:
    """Returns the fields that a reader with this data would get, or why there are none."""
    data = build_template_data(known, project.shop, links, message=message) | _sample_offers(
        message.spec, project, known, now=now
    )
    return render_fields(renderer, message, channel, locale=locale, data=data)


def display_sender(project: Project, message: CompiledMessage, channel: Channel) -> str:
    """Returns the sender to show: the message's own, else the first that there is."""
    sender = project.senders.get(message.spec.sender or "") or next(iter(project.senders.values()), None)
    return (sender.addresses.get(channel) if sender else None) or project.shop.name


def _sample_offers(spec: MessageSpec, project: Project, known: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Returns codes that nobody can use, and the cart's own products as recommendations."""
    shop = project.shop
    language = (known["locale"] or shop.locale).partition("-")[0]
    things = [*known["items"], *([known["product"]] if known["product"] else [])]
    shown: dict[str, Any] = {}
    for name, asked in spec.data.items():
        if asked.promo in project.promos:
            shown[name] = placeholder_code(project.promos[asked.promo], now)
        elif asked.recommend:
            shown[name] = [build_product(thing, language, shop) for thing in things]
    return shown
