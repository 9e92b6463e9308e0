"""JSON as clients sometimes write it: what is odd in one event must not make the whole body unreadable.

Bytes that are no UTF-8 become halves of characters, numbers without bound become infinite, and what is nested too
deeply is cut off below what any event may have. So all of it is there to be found, in the event that holds it.
"""

from __future__ import annotations

import json
from typing import Any

from kaskad.domain.json_tokens import TOKENS
from kaskad.services.ingestion.event_limits import MAX_DEPTH

MAX_JSON_DEPTH = MAX_DEPTH + 50  # levels: the batch around the event has a few of its own
MAX_DIGITS = 18  # of a whole number that is no float, for every reader


def parse_lenient(body: bytes) -> Any:
    """The value of the text. Raises ValueError where it is not even JSON in its outline."""
    return _DECODER.decode(_cut_depth(body.decode("utf-8-sig", "surrogateescape")))


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else float(digits)


_DECODER = json.JSONDecoder(parse_int=_whole, strict=False)


def _cut_depth(text: str) -> str:
    """The text with null in place of whatever lies deeper than `CUT` levels."""
    kept, depth, start = list[str](), 0, 0
    for token in TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == MAX_JSON_DEPTH + 1:
                kept += (text[start : token.start()], "null")
        elif token[0] in "]}":
            depth -= 1
            if depth == MAX_JSON_DEPTH:
                start = token.end()
    return "".join(kept) + text[start:] if kept else text
