"""The key that addresses are compared by: all spellings of one mailbox or telephone have the same key."""

from __future__ import annotations

from kaskad.domain.channel import Channel
from kaskad.domain.mailbox import mailbox_key
from kaskad.domain.phone import is_written_as_number, number_key

CALLED = frozenset({Channel.SMS, Channel.CALL})  # a telephone number only; Viber also has ids of its own


def address_key(channel: str, address: str) -> str | None:
    """The key of an address; None if it is no valid address: nothing is sent to it."""
    if channel == Channel.EMAIL:
        return mailbox_key(address) or None
    if channel in CALLED or (channel == Channel.VIBER and is_written_as_number(address)):
        return number_key(address)
    return address or None
