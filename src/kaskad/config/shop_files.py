"""The small files beside the journeys: shop, topics, sources."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from kaskad.config.node import Node
from kaskad.config.quantities import duration, window
from kaskad.config.record import Record
from kaskad.config.scalars import text, word
from kaskad.config.wording import nearest, unknown
from kaskad.domain.shop import ShopInfo, Source, Topic

LOCALE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?\Z")
CURRENCY = re.compile(r"[A-Z]{3}\Z")
WEB = re.compile(r"https?://[^\s/]\S*\Z")
ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*\Z")


def shop(node: Node) -> ShopInfo:
    """shop.yaml: the shop itself, as templates see it."""
    record = Record(node)
    usual = ShopInfo()
    name = record.get("name", text, usual.name)
    url = record.get("url", _web_address, usual.url)
    currency = record.get("currency", _currency, usual.currency)
    locale = record.get("locale", _locale, usual.locale)
    time_zone = record.get("time_zone", zone, usual.time_zone)
    phone = record.get("phone", text, usual.phone)
    record.done()
    return ShopInfo(name=name, url=url, currency=currency, locale=locale, time_zone=time_zone, phone=phone)


def topic(name: str, node: Node) -> Topic:
    """One entry of topics.yaml."""
    record = Record(node)
    title = record.table("title", _title)
    starts = record.get("starts", word("value", ["subscribed", "unsubscribed"]), "subscribed")
    record.done()
    return Topic.model_validate({"name": name, "title": title, "starts": starts})


def source(name: str, node: Node) -> Source:
    """One entry of sources.yaml."""
    record = Record(node)
    title = record.get("title", text, name)
    owner = record.get("owner", text, "")
    hours = record.get("open", window, None)
    time_zone = record.get("time_zone", zone, None)
    silent_after = record.get("silent_after", duration, None)
    record.done()
    return Source(name=name, title=title, owner=owner, open=hours, time_zone=time_zone, silent_after=silent_after)


def _title(locale: str, node: Node) -> str:
    """One of `{ru: Корзина, en: Cart}`."""
    if not LOCALE.match(locale):
        raise node.wrong_key(f"'{locale}' is not a locale: write one like ru or en")
    return text(node)


def _matching(pattern: re.Pattern[str], node: Node, hint: str) -> str:
    if not pattern.match(text(node)):
        raise node.wrong(f"{node.said} is not {hint}")
    return text(node)


def _web_address(node: Node) -> str:
    return _matching(WEB, node, "a web address: write one like https://shop.example")


def _currency(node: Node) -> str:
    return _matching(CURRENCY, node, "a currency: write one like RUB")


def _locale(node: Node) -> str:
    return _matching(LOCALE, node, "a locale: write one like ru or en")


def zone(node: Node) -> str:
    """A time zone that exists."""
    hint = "a time zone: write one like Europe/Moscow"
    said = _matching(ZONE, node, hint)
    try:
        return ZoneInfo(said).key
    except (OSError, ValueError, ZoneInfoNotFoundError):
        near = nearest(said, sorted(available_timezones()))
    raise node.wrong(unknown("time zone", said, [near]) if near else f"{node.said} is not {hint}")
