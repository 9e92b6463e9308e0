"""Reads configs/feeds.yaml: catalogue feeds that are read on a schedule."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from functools import partial

from kaskad.config.project_files.formats import DECIMAL_MARKS
from kaskad.config.project_files.providers import expand_url, read_url
from kaskad.config.project_files.shop import CURRENCY
from kaskad.config.yaml.mailboxes import read_mailbox
from kaskad.config.yaml.node import Node
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.config.yaml.quantities import read_duration, read_percent
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import enum_member, integer_between, one_of, read_matching, read_text
from kaskad.domain.duration import Duration
from kaskad.domain.feeds import Feed, FeedFormat
from kaskad.domain.own_sources import OWN_SOURCES, describe_own_source
from kaskad.domain.values.amounts import read_currency

# What a column of a feed may say of a product; besides `title_LANGUAGE` and `stock.STORE`.
PROPERTIES = (
    *("product_id", "name", "price", "sale_price", "currency", "category", "similar", "refill_days"),
    *("url", "image_url", "stock", "available"),
)
OF_LANGUAGE_OR_STORE = re.compile(r"(title_[a-z]{2,3}|stock\.\S.*)\Z")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
LEAST_EVERY = 60  # seconds


def read_feed(name: str, node: Node, *, environment: Mapping[str, str], sources: frozenset[str]) -> Feed:
    """One entry of feeds.yaml. Its name is that of a source, so no source of `sources` may have it."""
    if name in OWN_SOURCES:
        raise node.key_error(describe_own_source(name))
    if name in sources:
        raise node.key_error(f"'{name}' is a source in sources.yaml: a feed is a source of its own, name it otherwise")
    record = Record(node)
    usual = Feed.model_fields
    parts = {
        "url": record.need("url", partial(_read_web_url, environment=environment), "where it is, like https://…"),
        "format": record.need("format", enum_member("format", FeedFormat), "csv, yml or google"),
        "every": record.need("every", _read_every, "how often it is read, like 1h"),
        "title": record.get("title", read_text, name),
        "owner": record.get("owner", read_mailbox, ""),
        "columns": record.table("columns", _read_property),
        "store": record.get("store", read_text, None),
        "currency": record.get("currency", _read_currency, None),
        "encoding": record.get("encoding", _read_encoding, None),
        "delimiter": record.get("delimiter", _read_delimiter, None),
        "decimal": record.get("decimal", one_of("mark", DECIMAL_MARKS), None),
        "may_shrink": record.get("may_shrink", read_percent, usual["may_shrink"].default),
        "available_units": record.get("available_units", integer_between(1), usual["available_units"].default),
        "silent_after": record.get("silent_after", read_duration, None),
        "max_megabytes": record.get("max_megabytes", integer_between(1, 20_000), usual["max_megabytes"].default),
        "timeout": record.get("timeout", read_duration, usual["timeout"].default),
    }
    _check_table_keys(record)
    _check_columns(record)
    record.done()
    return Feed.model_validate({"name": name, **parts})


def _read_web_url(node: Node, *, environment: Mapping[str, str]) -> str:
    written = read_url(node, environment)
    url = expand_url(written, environment)
    if url is not None and not url.startswith(("https://", "http://")):
        raise node.error(f"{node.said} is not a web address: write one like https://shop.example/feed.xml")
    return written


def _read_every(node: Node) -> Duration:
    every = read_duration(node)
    if every.as_timedelta.total_seconds() < LEAST_EVERY:
        raise node.error(f"{node.said} is too often: a feed is read once a minute at most, write 1m or longer")
    return every


def _read_property(_: str, node: Node) -> str:
    said = read_text(node)
    if said not in PROPERTIES and not OF_LANGUAGE_OR_STORE.match(said):
        raise node.error(unknown_name("property of products", said, [*PROPERTIES, "title_ru", "stock.STORE"]))
    return said


def _read_currency(node: Node) -> str:
    currency = read_matching(CURRENCY, node, "a currency: write one like RUB")
    if read_currency(currency) != currency:
        raise node.error(f"'{currency}' is not a currency of today: write one like RUB")
    return currency


def _read_encoding(node: Node) -> str:
    try:
        "".encode(read_text(node))  # raises for `base64`, which is a codec and encodes no letters
        return codecs.lookup(read_text(node)).name
    except LookupError:
        raise node.error(f"{node.said} is not an encoding: write one like utf-8 or windows-1251") from None


def _read_delimiter(node: Node) -> str:
    return DELIMITERS[one_of("delimiter", DELIMITERS)(node)]


def _check_table_keys(record: Record) -> None:
    """Adds a problem for keys that are about tables alone, in a feed that is none."""
    if not record.has("format") or record.at("format").value != FeedFormat.YML:
        return
    for key in ("store", "delimiter"):
        if record.has(key):
            record.error(record.at(key), f"'{key}' is about tables: a feed of the format 'yml' names stores by itself")


def _check_columns(record: Record) -> None:
    """Adds a problem for each property that two columns tell."""
    if not record.has("columns") or not isinstance(record.at("columns").value, dict):
        return
    told: dict[str, str] = {}
    for column, node in record.at("columns").mapping().items():
        if isinstance(node.value, str) and told.setdefault(node.value, column) != column:
            record.error(node, f"'{told[node.value]}' tells the property '{node.value}' already")
