"""What an address is compared by: however it is written, the same mailbox or telephone is one address."""

from __future__ import annotations

from kaskad.domain.channel import Channel
from kaskad.domain.mailbox import mailbox_key
from kaskad.domain.phone import is_written_as_number, number_key

CALLED = frozenset({Channel.SMS, Channel.CALL})  # a telephone or nothing; Viber has ids of its own as well


def address_key(channel: str, address: str) -> str | None:
    """What two ways to write one address have in common; None for what is nobody's: that is not written to."""
    if channel == Channel.EMAIL:
        return mailbox_key(address) or None
    if channel in CALLED or (channel == Channel.VIBER and is_written_as_number(address)):
        return number_key(address)
    return address or None
