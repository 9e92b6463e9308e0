"""What Segment's format writes around an event: where it happened, and what brought the customer there.

It stays with every event under `context`. Of calls that are no events by name (page, screen, group, alias) this module
makes events that can be asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kaskad.domain.rejection import EventRejected, RejectionCode
from kaskad.services.ingestion import event_limits
from kaskad.services.ingestion.parsing import get_object, id_of, real_id, snake_keys

CONTEXT = "context"  # the property that holds it: a source's own one of that name is spoiled
CAMPAIGN = ("source", "medium", "name", "term", "content")
PAGE = ("path", "url", "title", "referrer", "search")
REFERRER = ("type", "name", "url")
MAX_TEXT = 500  # characters of each
MAX_ADDRESS = 2_000  # characters of a web address: cut, it would lead elsewhere, so a longer one is left out
ADDRESSES = frozenset({"url", "referrer", "search"})
UTM = {"source": "utm_source", "medium": "utm_medium", "name": "utm_campaign"} | {
    key: f"utm_{key}" for key in ("term", "content")
}
CALL_EVENTS = {"page": "page_viewed", "screen": "screen_viewed", "group": "group_joined", "alias": "aliased"}


def keep_context(context: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `campaign`, `page` and `referrer` as far as they are texts; empty if there is nothing of the kind."""
    if context.keys().isdisjoint(("campaign", "page", "referrer")):
        return {}
    referrer = context.get("referrer")
    kept = {
        "campaign": _texts(context.get("campaign"), CAMPAIGN),
        "page": _texts(context.get("page"), PAGE),
        "referrer": _texts({"url": referrer} if isinstance(referrer, str) else referrer, REFERRER),
    }
    return {key: part for key, part in kept.items() if part}


def read_call(kind: str, raw: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the properties of the event that a page, screen, group or alias call is. Raises EventRejected."""
    own = snake_keys(get_object(raw, "properties"))
    if kind == "group":
        return {**snake_keys(get_object(raw, "traits")), **own, **_id(raw, "groupId", "group_id")}
    if kind == "alias":
        before = _id(raw, "previousId", "previous_id")
        if not before:
            raise EventRejected(RejectionCode.NOBODY, "'previousId' must name who it was before")
        return {**own, **before}
    named = {key: text for key in ("name", "category") if (text := id_of(raw.get(key)))}
    page = _texts(context.get("page"), PAGE) if kind == "page" else {}
    said = {**page, **named, **{key: value for key, value in own.items() if value is not None}}
    return {**_utm(context, said), **said}


def _id(raw: Mapping[str, Any], key: str, name: str) -> dict[str, str]:
    value = real_id(raw.get(key))
    event_limits.check_length(key, value)
    return {name: value} if value else {}


def _utm(context: Mapping[str, Any], page: Mapping[str, Any]) -> dict[str, str]:
    """Returns the campaign as `utm_…`: what the context says, else what stands in the page's own address."""
    found: dict[str, str] = {}
    for address in (page.get("search"), page.get("url")):
        found = _parse_query(address) | found
    said = _texts(context.get("campaign"), CAMPAIGN)
    return found | {UTM[key]: value for key, value in said.items()}


def _parse_query(address: Any) -> dict[str, str]:
    if not isinstance(address, str) or "utm_" not in address:
        return {}
    try:
        query = urlsplit(address).query
        pairs = parse_qsl(query, max_num_fields=100, errors="replace")
    except ValueError:
        return {}
    return {key: value[:MAX_TEXT] for key, value in reversed(pairs) if key in UTM.values()}


def _texts(said: Any, keys: Iterable[str]) -> dict[str, str]:
    if not isinstance(said, Mapping):
        return {}
    found = ((key, id_of(said.get(key))) for key in keys)
    return {key: _bounded(key, text) for key, text in found if text and len(text) <= _longest(key)}


def _longest(key: str) -> float:
    return MAX_ADDRESS if key in ADDRESSES else float("inf")


def _bounded(key: str, text: str) -> str:
    return text if key in ADDRESSES else text[:MAX_TEXT].rstrip()
