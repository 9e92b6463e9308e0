"""Renders messages: the compiled template, filled with the customer's data. Done before anything is locked."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from kaskad.content import CompiledMessage, MessageSpec, MissingData, RenderedFields, Renderer, resolve_data
from kaskad.domain.cart_lines import thing_of
from kaskad.domain.channel import Channel
from kaskad.domain.errors import TemplateError
from kaskad.domain.journeys.project import Project, ShopInfo
from kaskad.domain.outcome import Reason
from kaskad.domain.values.amounts import MONEY_NAMES
from kaskad.domain.values.priced import in_its_currency, price_of, total_of, total_of_lines
from kaskad.services.links import Links
from kaskad.storage.database import Connection
from kaskad.storage.delivery.messages import ClaimedMessage
from kaskad.storage.publishing import versions
from kaskad.storage.publishing.versions import PublishedVersion


@dataclass(frozen=True, slots=True)
class Unrenderable:
    """Why there is nothing to send."""

    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class MissingCode:
    """Replaces a promo's code: why there is none, if the message must not be sent without it."""

    why: str


RenderResult = RenderedFields | Unrenderable


@dataclass(slots=True)
class MessageRenderer:
    """Compiled messages by hash, and the renderer that keeps their compiled templates."""

    renderer: Renderer = field(default_factory=Renderer)
    _compiled: dict[str, CompiledMessage] = field(default_factory=dict)

    async def load(
        self, connection: Connection, held: Sequence[ClaimedMessage], published: Mapping[int, PublishedVersion]
    ) -> None:
        """Loads the compiled messages that this process does not have yet."""
        hashes = {published[message.version_id].version.templates[message.claimed.message].hash for message in held}
        for hash_ in sorted(hashes - self._compiled.keys()):
            document = await versions.load_template(connection, hash_)
            if document is not None:
                self._compiled[hash_] = CompiledMessage.model_validate(document)

    def spec(self, message: ClaimedMessage, published: PublishedVersion) -> MessageSpec:
        """Returns the message's message.yaml; an empty spec if it was never published."""
        compiled = self._compiled.get(published.version.templates[message.claimed.message].hash)
        return compiled.spec if compiled else MessageSpec()

    async def render(
        self,
        message: ClaimedMessage,
        published: PublishedVersion,
        known: Mapping[str, Any],
        *,
        project: Project,
        links: Links,
    ) -> RenderResult:
        """Renders one message's fields. Each yields to the event loop: a long chunk must not delay leases and locks."""
        await asyncio.sleep(0)
        compiled = self._compiled.get(published.version.templates[message.claimed.message].hash)
        if compiled is None:
            return Unrenderable(Reason.TEMPLATE_ERROR, f"{message.claimed.message} was never published")
        offered = known.get("offers", {}).get(message.claimed.message, {})
        if without := next((value.why for value in offered.values() if isinstance(value, MissingCode)), None):
            return Unrenderable(Reason.NO_CODE, without)
        left_out = known.get("left_out", {}).get(message.claimed.message, frozenset())
        shown = {**known, "left_out": left_out}
        data = build_template_data(shown, project.shop, links.of(message.id), message=compiled) | offered
        rendered = render_fields(
            self.renderer, compiled, message.channel, locale=known["locale"] or project.shop.locale, data=data
        )
        if isinstance(rendered, RenderedFields):
            rendered.left_out = left_out
        elif left_out and rendered.reason is Reason.TEMPLATE_ERROR:  # of what is left, nobody knows what it shows
            return Unrenderable(Reason.MISSING_DATA, rendered.detail)
        return rendered


def render_fields(
    renderer: Renderer, message: CompiledMessage, channel: Channel, *, locale: str, data: Mapping[str, Any]
) -> RenderResult:
    """Returns the fields, or why there are none. `data` is that of `build_template_data`, and offers by name."""
    filled = resolve_data(message.spec, data)
    if isinstance(filled, MissingData):
        return Unrenderable(Reason.MISSING_DATA, str(filled))
    try:
        return renderer.render(message, channel, locale, data=filled)
    except TemplateError as error:
        return Unrenderable(Reason.TEMPLATE_ERROR, str(error))


def build_template_data(
    known: Mapping[str, Any], shop: ShopInfo, links: Mapping[str, str], *, message: CompiledMessage
) -> dict[str, Any]:
    """Returns the roots that templates may use, as `FIELDS` of content names them. `links` are the message's own."""
    left_out: Collection[str] = known.get("left_out", ())
    items = [item for item in known["items"] if thing_of(item) not in left_out]
    entry, attributes = _leave_out(in_its_currency(known["entry"], shop), left_out), known["attributes"]
    language = (known["locale"] or shop.locale).partition("-")[0]
    zone = known["time_zone"] or shop.time_zone
    all_there = len(items) == len(known["items"])
    total = total_of(known, items, shop) if all_there else total_of_lines(items, shop)
    cart = {
        "id": known["cart_id"],
        "total": total,
        "currency": total.currency if total is not None else shop.currency,
        "items": [_build_item(item, shop) for item in items],
        "url": f"{shop.url}/cart",
    }
    return {
        "customer": {"first_name": None, **attributes, "locale": known["locale"], "time_zone": zone},
        "cart": cart,
        "product": build_product(known["product"], language, shop) if known["product"] else None,
        "order": {"place": None, **entry, "id": entry.get("order_id"), "items": entry.get("products", [])},
        "event": entry,
        "entries": build_entries([known, *known.get("beside", ())], language, shop),
        "links": dict(links),
        "shop": shop.model_dump(exclude={"rates"}),
        "utm": urlencode({f"utm_{name}": value for name, value in message.spec.utm.items()}),
    }


def _leave_out(entry: dict[str, Any], things: Collection[str]) -> dict[str, Any]:
    """Returns the entry without the lines of these things; then its own total says nothing any more."""
    lines = entry.get("products")
    if not things or not isinstance(lines, list):
        return entry
    kept = [line for line in lines if not isinstance(line, Mapping) or thing_of(line) not in things]
    if len(kept) == len(lines):
        return entry
    return {key: value for key, value in entry.items() if key not in MONEY_NAMES} | {"products": kept}


def build_entries(entries: Sequence[Mapping[str, Any]], language: str, shop: ShopInfo) -> dict[str, Any]:
    """Returns everything that the message is about: one entry, or several if it covers several enrollments."""
    products = [build_product(entry["product"], language, shop) for entry in entries if entry["product"]]
    return {"count": len(entries), "events": [entry["entry"] for entry in entries], "products": products}


def _build_item(item: Mapping[str, Any], shop: ShopInfo) -> dict[str, Any]:
    url = item.get("url") or f"{shop.url}/products/{item.get('product_id', '')}"
    return {**item, "price": price_of(item["price"], item.get("currency"), shop), "url": url}


def build_product(known: Mapping[str, Any], language: str, shop: ShopInfo) -> dict[str, Any]:
    """Returns a product as templates see it: the title in the language if there is one, the price in its currency."""
    return {
        **known,
        "title": known.get(f"title_{language}") or known.get("title"),
        "price": price_of(known.get("price"), known.get("currency"), shop),
        "url": known.get("url") or f"{shop.url}/products/{known.get('id', '')}",
    }


def unsubscribe_headers(channel: Channel, unsubscribe: str) -> dict[str, str]:
    """Returns the headers of RFC 8058: they let a mail program offer one-click unsubscribe."""
    if channel is not Channel.EMAIL:
        return {}
    return {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
