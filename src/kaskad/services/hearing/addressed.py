"""The mailboxes and numbers that an event names: who says no is often known by these alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kaskad.domain.channel import Channel
from kaskad.domain.contact import address_key
from kaskad.domain.mailbox import mailbox_key
from kaskad.services.hearing import bounds
from kaskad.services.hearing.consents import fold

MAILBOXES = frozenset(("email", "emailaddress", "mail", "useremail", "customeremail", "recipient", "address"))
NUMBERS = frozenset(("phone", "phonenumber", "mobile", "mobilephone", "msisdn", "tel", "telephone", "sms", "viber"))
BY_NUMBER = (Channel.SMS, Channel.VIBER, Channel.CALL)
_MASKED = "*\u2022\u2026\u25cf\u25cb\u2217\ufffd"  # what stands for letters that were left out
_PART = rf"[^\s@<>,;.{_MASKED}]+(\.[^\s@<>,;.{_MASKED}]+)*"
_MAILBOX = re.compile(rf"{_PART}\.?@(?=[^@]*\.[^@.]){_PART}\.?")
Address = tuple[Channel, str]  # by its `address_key`


def is_mailbox(text: str) -> bool:
    """Whether a letter could arrive there: somebody at a domain, nothing masked."""
    return _MAILBOX.fullmatch(mailbox_key(text)) is not None


def named(raw: Mapping[str, Any]) -> tuple[Address, ...]:
    """Every address that the event names its person by, wherever it stands: with each channel that it has."""
    context = raw.get("context")
    parts = [raw, raw.get("properties"), raw.get("traits"), context]
    if isinstance(context, dict):
        parts += [context.get("traits"), *_external(context.get("externalIds"))]
    found = (one for part in parts if isinstance(part, dict) for one in _of(part))
    ids = (one for key in ("userId", "anonymousId") for one in _mailboxes(raw.get(key)))
    return tuple(dict.fromkeys((*found, *ids)))


def _external(ids: Any) -> Iterator[dict[str, Any]]:
    for one in ids if isinstance(ids, list) else ():
        if isinstance(one, dict) and isinstance(one.get("type"), str):
            yield {one["type"]: one.get("id")}
            yield {"email": one.get("id")}  # whatever it is called, a mailbox is one


def _of(part: Mapping[str, Any]) -> Iterator[Address]:
    for key, value in part.items():
        word = fold(key) if isinstance(key, str) and len(key) <= bounds.KEY else ""
        for one in value if isinstance(value, list) else [value]:
            if word in MAILBOXES:
                yield from _mailboxes(one)
            elif word in NUMBERS and bounds.fits(one) and (number := address_key(Channel.SMS, str(_whole(one)))):
                yield from ((channel, number) for channel in BY_NUMBER)


def _mailboxes(value: Any) -> Iterator[Address]:
    if isinstance(value, str) and bounds.fits(value) and is_mailbox(value):
        yield Channel.EMAIL, mailbox_key(value)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
