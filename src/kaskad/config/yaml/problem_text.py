"""The wording of problems: what is wrong, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches

MAX_LISTED = 15  # nobody reads more names than these


def unknown_name(kind: str, name: str, allowed: Iterable[str]) -> str:
    """`unknown event 'order_complete', did you mean 'order_completed'?`, or the allowed names if none is close."""
    names = [str(each) for each in allowed]
    said = f"unknown {kind} '{shorten(name)}'"
    if near := closest_name(name, names):
        return f"{said}, did you mean '{near}'?"
    if not names:
        return f"{said}: none is defined yet"
    if len(names) > MAX_LISTED:
        return f"{said}: {', '.join(names[:MAX_LISTED])}, … are known"
    return f"{said}: use {join_with_or(names)}"


def closest_name(name: str, allowed: Iterable[str]) -> str | None:
    """The name that was probably meant; None if none is close. Short names may differ in a larger part."""
    names = {each.lower(): each for each in allowed}
    found = get_close_matches(name.lower(), names, n=1, cutoff=0.6 if len(name) < 7 else 0.7)
    return names[found[0]] if found else None


def join_with_or(names: Iterable[str]) -> str:
    """`a, b or c`."""
    *first, last = map(str, names)
    return f"{', '.join(first)} or {last}" if first else last


def format_percent(share: Decimal) -> str:
    """`33.3%` for the share 0.333, without zeros at the end."""
    text = f"{share * 100:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def shorten(text: str, length: int = 60) -> str:
    """The text as one printable line of at most that many characters."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= length else line[: length - 1] + "…"
