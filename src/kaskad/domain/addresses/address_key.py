"""Addresses: how they are stored and sent to, and the key by which all spellings of one address are the same."""

from __future__ import annotations

import json

from kaskad.domain.addresses.mailbox import mailbox_key, parse_mailbox
from kaskad.domain.addresses.phone import is_written_as_number, number_key, number_keys, parse_phone
from kaskad.domain.channel import Channel

CALLED = frozenset({Channel.SMS, Channel.CALL})  # a telephone number only; Viber also has ids of its own


def parse_address(channel: str, written: str, region: str | None) -> str | None:
    """The address as it is stored and sent to; None if it is no valid one. `region` is the shop's country."""
    if channel == Channel.EMAIL:
        return parse_mailbox(written)
    if _is_number(channel, written):
        return parse_phone(written, region)
    return written or None


def address_key(channel: str, address: str) -> str | None:
    """The key of an address; None if it is no valid address: nothing is sent to it."""
    if channel == Channel.EMAIL:
        return mailbox_key(address) or None
    if _is_number(channel, address):
        return number_key(address)
    return (_endpoint(address) if channel == Channel.WEBPUSH else address) or None


def address_keys(channel: str, key: str, region: str | None) -> frozenset[str]:
    """The keys of every address that may be meant by this key: what is refused is refused in each of them."""
    if _is_number(channel, key):
        return number_keys(key, region)
    return frozenset({key, address_key(channel, key) or key})


def _endpoint(subscription: str) -> str:
    """The address of the browser in a subscription to web push, which is JSON; else the text itself."""
    try:
        said = json.loads(subscription) if subscription.startswith("{") else None
    except (ValueError, RecursionError):
        return subscription
    found = said.get("endpoint") if isinstance(said, dict) else None
    return found if isinstance(found, str) and found else subscription


def _is_number(channel: str, address: str) -> bool:
    return channel in CALLED or (channel == Channel.VIBER and is_written_as_number(address))
