"""Reads the small files besides journeys: shop, topics, sources."""

from __future__ import annotations

import re

from kaskad.config.yaml.mailboxes import read_mailbox
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.quantities import read_duration, read_window
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import one_of, read_matching, read_text
from kaskad.config.yaml.time_zones import read_time_zone
from kaskad.domain.journeys.project import ShopInfo, Source, Topic
from kaskad.domain.phone import REGIONS

LOCALE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?\Z")
CURRENCY = re.compile(r"[A-Z]{3}\Z")
REGION = re.compile(r"[A-Z]{2}\Z")
REGION_HINT = "write two capital letters, like RU"
WEB = re.compile(r"https?://[^\s/]\S*\Z")


def read_shop(node: Node) -> ShopInfo:
    """shop.yaml: data about the shop for templates."""
    record = Record(node)
    usual = ShopInfo()
    name = record.get("name", read_text, usual.name)
    url = record.get("url", _read_web_address, usual.url)
    currency = record.get("currency", _read_currency, usual.currency)
    locale = record.get("locale", _read_locale, usual.locale)
    time_zone = record.get("time_zone", read_time_zone, usual.time_zone)
    region = record.get("region", _read_region, usual.region)
    phone = record.get("phone", read_text, usual.phone)
    record.done()
    return ShopInfo(
        name=name, url=url, currency=currency, locale=locale, time_zone=time_zone, region=region, phone=phone
    )


def read_topic(name: str, node: Node) -> Topic:
    """One entry of topics.yaml."""
    record = Record(node)
    title = record.table("title", _read_title)
    starts = record.get("starts", one_of("value", ["subscribed", "unsubscribed"]), "subscribed")
    record.done()
    return Topic.model_validate({"name": name, "title": title, "starts": starts})


def read_source(name: str, node: Node) -> Source:
    """One entry of sources.yaml."""
    record = Record(node)
    title = record.get("title", read_text, name)
    owner = record.get("owner", read_mailbox, "")
    hours = record.get("open", read_window, None)
    time_zone = record.get("time_zone", read_time_zone, None)
    silent_after = record.get("silent_after", read_duration, None)
    record.done()
    return Source(name=name, title=title, owner=owner, open=hours, time_zone=time_zone, silent_after=silent_after)


def _read_title(locale: str, node: Node) -> str:
    """One of `{ru: Корзина, en: Cart}`."""
    if not LOCALE.match(locale):
        raise node.key_error(f"'{locale}' is not a locale: write one like ru or en")
    return read_text(node)


def _read_web_address(node: Node) -> str:
    return read_matching(WEB, node, "a web address: write one like https://shop.example")


def _read_currency(node: Node) -> str:
    return read_matching(CURRENCY, node, "a currency: write one like RUB")


def _read_region(node: Node) -> str:
    region = read_matching(REGION, node, f"a country: {REGION_HINT}")
    if region not in REGIONS:
        raise node.error(f"'{region}' is no country with telephone numbers: {REGION_HINT}")
    return region


def _read_locale(node: Node) -> str:
    return read_matching(LOCALE, node, "a locale: write one like ru or en")
