"""Addresses in an event: a customer who opts out is often known only by these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from kaskad.domain.addresses.address_key import address_key, address_keys
from kaskad.domain.addresses.mailbox import mailbox_key
from kaskad.domain.addresses.phone import MIN_DIGITS
from kaskad.domain.channel import Channel
from kaskad.services.ingestion import event_limits, parsing
from kaskad.services.ingestion.consenting.consents import normalize_word
from kaskad.services.ingestion.refusals import other_addresses

MAILBOXES = frozenset(("email", "emailaddress", "mail", "useremail", "customeremail", "recipient", "address"))
NUMBERS = frozenset(("phone", "phonenumber", "mobile", "mobilephone", "msisdn", "tel", "telephone", "sms", "viber"))
BY_NUMBER = (Channel.SMS, Channel.VIBER, Channel.CALL)
_MASKED = "*\u2022\u2026\u25cf\u25cb\u2217\ufffd"  # stands for letters that were left out
_PART = rf"[^\s@<>,;.{_MASKED}]+(\.[^\s@<>,;.{_MASKED}]+)*"
_MAILBOX = re.compile(rf"{_PART}\.?@(?=[^@]*\.[^@.]){_PART}\.?")
_LIKE_A_MAILBOX = re.compile(r"[@\uff20]|%40")
_QUOTES = "\"'`\u00ab\u00bb\u2018\u2019\u201c\u201d\u201e \t\n<>"
_SPELLED = tuple(
    (re.compile(rf"\s*[\[({{]\s*{word}\s*[\])}}]\s*", re.IGNORECASE), sign)
    for word, sign in (("at", "@"), ("dot", "."))
)
_DIGIT = re.compile(r"\d")
_BOUND = re.compile(r"[\s,;<>\"()\[\]|]+")  # between mailboxes, and around one
_APART = re.compile(r"[,;|/\n]|\b(?:или|and|or|и)\b|(?<=\d)\s*(?=\+)", re.IGNORECASE)  # between numbers
# Text before or after a number: a messenger, an extension.
_BESIDE = re.compile(r"^\s*(?:[a-z]+:)+(?:/*)|\s*(?:доб|вн|ext|extension|x|#)[\w.\s:#]*$", re.IGNORECASE)
_LEFT = frozenset(("unsubscribed", "optedout", "notsubscribed", "didnotsubscribe"))
SUBSCRIPTIONS = "messaging_subscriptions"  # in the context: what each of the customer's addresses is subscribed to
Address = tuple[Channel, str]  # by its `address_key`


def is_mailbox(text: str) -> bool:
    """Returns whether mail could arrive there: a name at a domain, nothing masked."""
    return _MAILBOX.fullmatch(mailbox_key(text)) is not None


def read_addresses(raw: Mapping[str, Any], *, inbound: bool = False) -> tuple[Address, ...]:
    """Returns every address of the event's customer, wherever it stands: with each of its channels.

    What came in (`inbound`) is from the customer. Where nothing else tells who it is, any address may be theirs.
    """
    found = [address for _, word, value in _told(raw) for address in _addresses_in(word, value)]
    found += [address for id_ in _ids(raw) for address in (_mailboxes(id_) or _numbers(id_))]
    likely, others = list[Address](), list[Address]()
    for text in other_addresses.texts(raw):
        (likely if text.is_likely(inbound=inbound) else others).extend(_wholly(text))
    found += likely
    return tuple(dict.fromkeys(found or ([] if parsing.id_of(raw.get("userId")) else others)))


def _wholly(text: other_addresses.Text) -> list[Address]:
    """Returns the address that the text is; none if it only contains one."""
    return _mailboxes(text.value) or (_numbers(text.value) if text.is_number else [])


def _ids(raw: Mapping[str, Any]) -> Iterator[str]:
    context = raw.get("context")
    for kind, id_ in parsing.read_ids(raw, context if isinstance(context, dict) else {}):
        if kind != "card":
            yield id_


def _numbers(value: Any) -> list[Address]:
    """Returns the number that the text or number is, in each of its channels; short ones are ids of something."""
    text = str(_whole(value))
    number = address_key(Channel.SMS, text) if event_limits.fits_index(text) else None
    if number is None or len(number) < other_addresses.LEAST_DIGITS:
        return []
    return [(channel, number) for channel in BY_NUMBER]


def widen(addresses: Iterable[Address], region: str | None) -> tuple[Address, ...]:
    """Returns these addresses and all others that they can mean: a number without its country is also one of here."""
    meant = ((channel, key) for channel, said in addresses for key in sorted(address_keys(channel, said, region)))
    return tuple(dict.fromkeys(meant))


def unread(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields values that look like an address but contain none: the key, and the text."""
    for key, word, value in _told(raw):
        if not isinstance(value, str):
            continue
        looks = word in MAILBOXES and _LIKE_A_MAILBOX.search(value) is not None
        looks = looks or (word in NUMBERS - {"viber"} and len(_DIGIT.findall(value)) >= MIN_DIGITS)
        if looks and not any(_addresses_in(word, value)):
            yield key, value
    for text in other_addresses.texts(raw):
        mailed = text.said & other_addresses.MAILED and normalize_word(text.key) not in MAILBOXES
        if mailed and isinstance(text.value, str) and _LIKE_A_MAILBOX.search(text.value) and not _wholly(text):
            yield text.key, text.value


def _told(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yields each value about the customer, with its key, and the key's normalized form."""
    context = raw.get("context")
    parts = [raw, raw.get("properties"), raw.get("traits"), context]
    if isinstance(context, dict):
        parts += [context.get("traits"), *_external_ids(context.get("externalIds"))]
        parts += _unsubscribed(context.get(SUBSCRIPTIONS))
    for part in parts:
        for key, given in part.items() if isinstance(part, dict) else ():
            word = normalize_word(key) if isinstance(key, str) and len(key) <= event_limits.MAX_KEY_LENGTH else ""
            for value in given if isinstance(given, list) else [given]:
                yield key, word, value


def _external_ids(ids: Any) -> Iterator[dict[str, Any]]:
    for external_id in ids if isinstance(ids, list) else ():
        if isinstance(external_id, dict) and isinstance(external_id.get("type"), str):
            yield {external_id["type"]: external_id.get("id")}


def _unsubscribed(subscriptions: Any) -> Iterator[dict[str, Any]]:
    """Yields the addresses that are unsubscribed; one that is still subscribed is no opt-out."""
    for subscription in subscriptions if isinstance(subscriptions, list) else ():
        if (
            isinstance(subscription, dict)
            and isinstance(subscription.get("type"), str)
            and normalize_word(str(subscription.get("status"))) in _LEFT
        ):
            yield {subscription["type"]: subscription.get("key")}


def _addresses_in(word: str, value: Any) -> Iterator[Address]:
    if word in MAILBOXES:
        yield from _mailboxes(value) or _mailboxes_in(value)
    elif word in NUMBERS and event_limits.fits_index(value):
        text = str(_whole(value))
        whole = address_key(Channel.SMS, text)
        parts = [whole] if whole else [address_key(Channel.SMS, _BESIDE.sub("", part)) for part in _APART.split(text)]
        yield from ((channel, number) for number in parts if number for channel in BY_NUMBER)


def _mailboxes(value: Any) -> list[Address]:
    if not isinstance(value, str) or not event_limits.fits_index(value):
        return []
    text = value.strip(_QUOTES)
    for spelled, sign in _SPELLED:  # hidden from robots
        text = spelled.sub(sign, text)
    return [(Channel.EMAIL, mailbox_key(text))] if is_mailbox(text) else []


def _mailboxes_in(value: Any) -> list[Address]:
    """Returns the mailboxes in the text, among others or beside a name: `Anna <anna@customer.example>`."""
    if not isinstance(value, str) or not event_limits.fits_index(value):
        return []
    return [address for part in _BOUND.split(unquote(value)) for address in _mailboxes(part.strip("'"))]


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
