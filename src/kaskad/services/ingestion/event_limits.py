"""Limits of events. Checked before anything is computed from an event, so that no value can break later code."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from kaskad.domain.rejection import EventRejected, RejectionCode
from kaskad.domain.values.amounts import MAX_AMOUNT, MONEY_NAMES, NUMBER_NAMES

MAX_EVENT_BYTES = 32 * 1024  # KB as the stock clients count them; what they accept must not be rejected here
# characters, and bytes, of an indexed value: two of them fit into one row of the index
MAX_CHARACTERS, MAX_BYTES = 500, 1_000
MAX_KEY_LENGTH = 200  # characters
MAX_ITEMS = 1_000  # of a list
MAX_DEPTH = 100  # levels
MAX_TOLD = 10  # of what is odd in one event
MAX_NUMBER = 10**30  # conditions cannot compare a number beyond it
INDEXED_KEYS = frozenset({"product_id", "cart_id", "order_id", "email", "category"})
AMOUNT_KEYS = frozenset((*MONEY_NAMES, *NUMBER_NAMES))  # also in lists
NUMERIC = re.compile(r"[-+]?(\d[\d_]*\.?[\d_]*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
UNBOUNDED = (str, bool, type(None))  # values whose size only the whole event limits
NUL_ESCAPE = b"\\u0000"
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def check_event(event: Mapping[str, Any]) -> None:
    """Raises EventRejected for an event that is too large, or for values of Python's JSON that no database stores."""
    text = _text(event)
    if len(text) > MAX_EVENT_BYTES:
        raise EventRejected(RejectionCode.TOO_LARGE, f"it is longer than {MAX_EVENT_BYTES // 1024} KB")
    if NUL_ESCAPE in text and NUL.search(text):  # hardly any event has one: the expression is slow
        raise EventRejected(RejectionCode.BAD_TEXT, "it holds what cannot be stored: the character U+0000")
    _check_parts(event)


def _text(event: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(event)
    except orjson.JSONEncodeError:
        _check_parts(event)  # nested too deep, or a number beyond 64 bits, which may still be within the limits
    try:
        return json.dumps(event, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise EventRejected(RejectionCode.BAD_TEXT, "it holds half a character, or bytes that are not UTF-8") from None


def check_properties(properties: Mapping[str, Any], amounts: AbstractSet[str]) -> None:
    """Raises EventRejected if properties under these (snake-cased) names exceed the limits."""
    for key, value in properties.items():
        if key in INDEXED_KEYS:
            check_length(key, value)
        elif key in amounts:
            check_amount(key, value)


def _check_parts(event: Mapping[str, Any]) -> None:
    """Checks the parts beside `properties`: they are compared, never used in calculations."""
    for key, part in event.items():
        if not isinstance(part, str):
            _check_values(part, AMOUNT_KEYS if key == "properties" else frozenset(), 1)


def _check_values(value: Any, amounts: AbstractSet[str], depth: int) -> None:
    """Raises EventRejected for a number, a key or a list beyond the limits, at any depth.

    Most values are texts: for these there is one look at the key, and no call.
    """
    if isinstance(value, dict):
        _check_depth(depth)
        for key, part in value.items():
            if len(key) > MAX_KEY_LENGTH:
                raise EventRejected(
                    RejectionCode.TOO_LONG, f"the key {key[:40]!r}… is longer than {MAX_KEY_LENGTH} characters"
                )
            if key in INDEXED_KEYS:
                check_length(key, part)
            elif key in amounts:
                check_amount(key, part)
            if type(part) not in UNBOUNDED:
                _check_values(part, amounts, depth + 1)
    elif isinstance(value, list):
        _check_depth(depth)
        if len(value) > MAX_ITEMS:
            raise EventRejected(RejectionCode.TOO_LONG, f"a list has more than {MAX_ITEMS:,} items")
        for part in value:
            if type(part) not in UNBOUNDED:
                _check_values(part, amounts, depth + 1)
    elif isinstance(value, int | float) and not -MAX_NUMBER < value < MAX_NUMBER:  # NaN is not between them either
        raise EventRejected(
            RejectionCode.BAD_NUMBER, "it holds a number that is not finite, or has more than 30 digits"
        )


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise EventRejected(RejectionCode.TOO_DEEP, f"it is nested more than {MAX_DEPTH} levels deep")


def check_length(key: str, value: Any) -> None:
    """Raises EventRejected if the value does not fit into an index."""
    text = value if isinstance(value, str) else str(value)
    if len(text) > MAX_CHARACTERS:
        raise EventRejected(RejectionCode.TOO_LONG, f"'{key}' is longer than {MAX_CHARACTERS} characters")
    if len(text) * 4 > MAX_BYTES and len(text.encode(errors="replace")) > MAX_BYTES:
        raise EventRejected(RejectionCode.TOO_LONG, f"'{key}' is longer than {MAX_BYTES:,} bytes")


def check_amount(key: str, value: Any) -> None:
    """Raises EventRejected for a number, or a text that is one, beyond the limits of amounts and quantities.

    Other texts pass, `NaN` and `Infinity` too: the code that calculates with the value handles them.
    """
    if not isinstance(value, int | float | str):
        return
    try:
        number = Decimal(value)
        if isinstance(value, str) and not number.is_finite():
            return
    except InvalidOperation:
        if not NUMERIC.fullmatch(str(value).strip()):
            return
        number = Decimal("Infinity")  # its exponent has too many digits to be read
    if not number.is_finite() or not -MAX_AMOUNT <= number <= MAX_AMOUNT:
        raise EventRejected(
            RejectionCode.BAD_NUMBER, f"'{key}' must be a number between -{MAX_AMOUNT} and {MAX_AMOUNT}"
        )


def fits_index(value: Any) -> bool:
    """Returns whether the value can be stored and indexed."""
    try:
        check_event({"": value})
        check_length("", value)
    except EventRejected:
        return False
    return True
