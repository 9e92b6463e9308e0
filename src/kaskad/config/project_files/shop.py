"""Reads the small files besides journeys: shop, topics, sources."""

from __future__ import annotations

import re
from decimal import Decimal

from kaskad.config.project_files.formats import read_formats
from kaskad.config.yaml.mailboxes import read_mailbox
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.quantities import read_duration, read_window
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import enum_member, one_of, read_boolean, read_matching, read_number, read_text
from kaskad.config.yaml.time_zones import read_time_zone
from kaskad.domain.addresses.phone import REGIONS
from kaskad.domain.journeys.project import ShopInfo, Source, Topic
from kaskad.domain.own_sources import OWN_SOURCES, describe_own_source
from kaskad.domain.permission import EVERYTHING, NEVER_OF_PUBLIC, USUAL_OF_PUBLIC, Permission
from kaskad.domain.values.amounts import read_currency
from kaskad.domain.values.dialect import Formats

LOCALE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?\Z")
CURRENCY = re.compile(r"[A-Z]{3}\Z")
REGION = re.compile(r"[A-Z]{2}\Z")
REGION_HINT = "write two capital letters, like RU"
HOST = re.compile(r"[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+\Z")
LEAST_RATE, MOST_RATE = Decimal("0.000001"), Decimal(1_000_000)
WEB = re.compile(r"https?://[^\s/]\S*\Z")


def read_shop(node: Node) -> ShopInfo:
    """shop.yaml: data about the shop for templates."""
    record = Record(node)
    usual = ShopInfo()
    name = record.get("name", read_text, usual.name)
    url = record.get("url", _read_web_address, usual.url)
    hosts = record.get("hosts", _read_hosts, usual.hosts)
    currency = record.get("currency", _read_currency, usual.currency)
    locale = record.get("locale", _read_locale, usual.locale)
    time_zone = record.get("time_zone", read_time_zone, usual.time_zone)
    region = record.get("region", _read_region, usual.region)
    phone = record.get("phone", read_text, usual.phone)
    rates = record.table("rates", _read_rate)
    if rates and currency in rates:
        record.error(record.at("rates"), f"'{currency}' is the shop's own currency: its rate is 1")
    record.done()
    return ShopInfo(
        name=name,
        url=url,
        hosts=hosts,
        currency=currency,
        locale=locale,
        time_zone=time_zone,
        region=region,
        phone=phone,
        rates=rates,
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
    if name in OWN_SOURCES:
        raise node.key_error(describe_own_source(name))
    record = Record(node)
    title = record.get("title", read_text, name)
    owner = record.get("owner", read_mailbox, "")
    hours = record.get("open", read_window, None)
    time_zone = record.get("time_zone", read_time_zone, None)
    silent_after = record.get("silent_after", read_duration, None)
    formats = record.get("formats", read_formats, Formats())
    public = record.get("public", read_boolean, False)
    may = record.get("may", _read_permissions, USUAL_OF_PUBLIC if public else EVERYTHING)
    if public and may and record.has("may"):
        _refuse_never_of_public(record)
    record.done()
    return Source(
        name=name,
        title=title,
        owner=owner,
        open=hours,
        time_zone=time_zone,
        silent_after=silent_after,
        formats=formats,
        public=public,
        may=may,
    )


def _read_permissions(node: Node) -> tuple[Permission, ...]:
    """The permissions, each once."""
    may = node.each(enum_member("kind of event", Permission))
    if not may:
        raise node.error(f"a source that may tell nothing needs no key: name one of {', '.join(Permission)}")
    return tuple(dict.fromkeys(may))


def _refuse_never_of_public(record: Record) -> None:
    for node in record.at("may").list():
        if node.value in NEVER_OF_PUBLIC:
            record.error(node, f"everybody can read the key of a public source: it may never tell the {node.value}")


def _read_title(locale: str, node: Node) -> str:
    """One of `{ru: Корзина, en: Cart}`."""
    if not LOCALE.match(locale):
        raise node.key_error(f"'{locale}' is not a locale: write one like ru or en")
    return read_text(node)


def _read_web_address(node: Node) -> str:
    return read_matching(WEB, node, "a web address: write one like https://shop.example")


def _read_hosts(node: Node) -> tuple[str, ...]:
    hosts = node.each(lambda host: read_matching(HOST, host, "a host: write one like cdn.shop.example"))
    if not hosts:
        raise node.error("name a host, or leave 'hosts' out: then it is that of 'url', and all below it")
    return hosts


def _read_currency(node: Node) -> str:
    currency = read_matching(CURRENCY, node, "a currency: write one like RUB")
    if read_currency(currency) != currency:  # RUR is read as RUB beside amounts: every one would be foreign
        raise node.error(f"'{currency}' is not a currency of today: write one like {read_currency(currency) or 'RUB'}")
    return currency


def _read_region(node: Node) -> str:
    region = read_matching(REGION, node, f"a country: {REGION_HINT}")
    if region not in REGIONS:
        raise node.error(f"'{region}' is no country with telephone numbers: {REGION_HINT}")
    return region


def _read_rate(currency: str, node: Node) -> Decimal:
    """One of `{KZT: 0.19, EUR: 92.5}`: what one unit is worth in the shop's currency."""
    if not CURRENCY.match(currency) or read_currency(currency) != currency:
        raise node.key_error(f"'{currency}' is not a currency: write one like EUR")
    rate = read_number(node)
    if not LEAST_RATE <= rate <= MOST_RATE:
        raise node.error(f"a rate between {LEAST_RATE:f} and {MOST_RATE:,} is needed here, not {node.said}")
    return rate


def _read_locale(node: Node) -> str:
    return read_matching(LOCALE, node, "a locale: write one like ru or en")
