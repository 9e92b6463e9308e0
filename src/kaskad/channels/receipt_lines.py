"""The lines of a signed webhook, each read alone: an unreadable line does not affect the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from kaskad.domain.channel import OPT_OUT_RECEIPTS, Receipt, ReceiptKind, UnreadableReceipt
from kaskad.domain.cleaning import clean_text, folded
from kaskad.domain.errors import Rejected
from kaskad.domain.json_tokens import TOKENS

MAX_DETAIL = 500  # characters of a detail
ON_ARRIVAL = datetime(9999, 12, 31, tzinfo=UTC)  # no instant is later than the arrival
# An opt-out is recognized in any of the words that providers use.
_COMPLAINTS = "complaint spam spamreport spamcomplaint markedasspam abuse"
_UNSUBSCRIBES = "unsubscribe unsub groupunsubscribe listunsubscribe subscriptionchange optout optedout stop"
_SYNONYMS = {
    **dict.fromkeys(_COMPLAINTS.split(), ReceiptKind.COMPLAINED),
    **dict.fromkeys(_UNSUBSCRIBES.split(), ReceiptKind.UNSUBSCRIBED),
}
_TIME: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
_FLAG = TypeAdapter(bool)


def parse_receipts(body: bytes) -> list[Receipt | UnreadableReceipt]:
    """The receipt of each line of the body, in their order. Raises Rejected if the body is no list."""
    return [
        value if isinstance(value, UnreadableReceipt) else _parse_line(value)
        for value in _parse_list(body.decode("utf-8-sig", "replace"))
    ]


def _parse_list(text: str) -> list[object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):  # an error somewhere in it: read it line by line
        return [_parse_element(part) for part in _split_list(text)]
    if not isinstance(document, list):
        raise Rejected("not a list of receipts")
    return document


def _parse_element(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return UnreadableReceipt("not_json", f"this is no JSON: {error}"[:MAX_DETAIL])


def _split_list(text: str) -> Iterator[str]:
    """Yields the texts between the commas of the outermost list, of any form. Raises Rejected if there is no list."""
    if not text.lstrip().startswith("["):
        raise Rejected("not a list of receipts")
    depth, start = 0, text.index("[") + 1
    for mark in TOKENS.finditer(text):
        depth += (mark[0] in "[{") - (mark[0] in "]}")
        if depth == 1 and mark[0] == ",":
            yield text[start : mark.start()]
            start = mark.end()
        if depth == 0:
            yield text[start : mark.start()]
            break
    if depth or text[mark.end() :].strip():
        raise Rejected("not a list of receipts: it does not end where it should")


def _parse_line(line: object) -> Receipt | UnreadableReceipt:
    if not isinstance(line, dict):
        return UnreadableReceipt("not_an_object", "a receipt is an object with 'key', 'kind' and 'at'")
    key, kind = _key(line.get("key")), _kind(line.get("kind"))
    if key is None:
        return UnreadableReceipt("bad_key", "'key' must be the id of the message, as a text")
    if kind is None:
        return UnreadableReceipt("unknown_kind", f"'kind' must be one of {', '.join(ReceiptKind)}")
    at, dead, by_machine = _time(line.get("at")), _flag(line.get("address_dead")), _flag(line.get("by_machine"))
    if kind in OPT_OUT_RECEIPTS:  # an opt-out counts, whatever else is wrong with the line
        at, dead, by_machine = at or ON_ARRIVAL, dead or False, by_machine or False
    if at is None:
        return UnreadableReceipt("bad_time", "'at' must be an ISO 8601 time with its offset")
    if dead is None or by_machine is None:
        return UnreadableReceipt("bad_value", "'address_dead' and 'by_machine' must be true or false")
    return Receipt(key, kind, at, dead, by_machine, _text(line.get("detail")))


def _key(said: object) -> UUID | None:
    try:
        return UUID(_text(said))
    except ValueError:
        return None


def _kind(said: object) -> ReceiptKind | None:
    word = folded(_text(said))
    try:
        return _SYNONYMS.get(word) or ReceiptKind(word)
    except ValueError:
        return None


def _time(said: object) -> datetime | None:
    try:
        return None if isinstance(said, bool) else _TIME.validate_python(_text(said) or said)
    except (ValidationError, ValueError, OverflowError):
        return None


def _flag(said: object) -> bool | None:
    try:
        return said is not None and _FLAG.validate_python(said)
    except ValidationError:
        return None


def _text(said: object) -> str:
    """The text as a database can store it: without U+0000, cleaned, and cut to a readable length."""
    return clean_text(said.replace("\0", ""), MAX_DETAIL) if isinstance(said, str) else ""
