"""Reads JSON as clients sometimes write it: an odd value in one event must not make the whole body unreadable.

Bytes that are not UTF-8 become surrogates, numbers that are too large become infinite, and values that are nested too
deeply are cut below the depth that an event may have. So each odd value can still be found in its own event.
"""

from __future__ import annotations

import json
from typing import Any

from kaskad.domain.json_tokens import TOKENS
from kaskad.services.ingestion.event_limits import MAX_DEPTH

MAX_JSON_DEPTH = MAX_DEPTH + 50  # levels: the batch around the event adds a few
MAX_DIGITS = 18  # of a whole number that every reader keeps exact


def parse_lenient(body: bytes) -> Any:
    """The value of the text. Raises ValueError if it does not even have the structure of JSON."""
    return _DECODER.decode(_cut_depth(body.decode("utf-8-sig", "surrogateescape")))


def list_top_keys(body: bytes) -> list[str]:
    """The keys of the outermost object, each as often as it is written. Raises ValueError as `parse_lenient` does."""
    keys = list[str]()

    def keep(pairs: list[tuple[str, Any]]) -> None:
        keys[:] = [key for key, _ in pairs]  # the outermost is read last

    decoder = json.JSONDecoder(object_pairs_hook=keep, parse_int=_whole, strict=False)
    decoder.decode(_cut_depth(body.decode("utf-8-sig", "surrogateescape")))
    return keys


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else float(digits)


_DECODER = json.JSONDecoder(parse_int=_whole, strict=False)


def _cut_depth(text: str) -> str:
    """The text with null in place of every value deeper than `CUT` levels."""
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
