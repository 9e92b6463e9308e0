"""How problems are worded: what is wrong, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches

MAX_LISTED = 15  # more names than these are not read to the end


def unknown_name(kind: str, name: str, allowed: Iterable[str]) -> str:
    """`unknown event 'order_complete', did you mean 'order_completed'?`, or what is allowed where nothing is near."""
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
    """The one that was probably meant; None where nothing is near. Short words differ by more of their length."""
    names = {each.lower(): each for each in allowed}
    found = get_close_matches(name.lower(), names, n=1, cutoff=0.6 if len(name) < 7 else 0.7)
    return names[found[0]] if found else None


def join_with_or(names: Iterable[str]) -> str:
    """`a, b or c`."""
    *first, last = map(str, names)
    return f"{', '.join(first)} or {last}" if first else last


def format_percent(share: Decimal) -> str:
    """`33.3%` for a part of 0.333, without zeros at the end."""
    text = f"{share * 100:f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def shorten(text: str, length: int = 60) -> str:
    """The text as one printable line of that many characters at the most."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= length else line[: length - 1] + "…"
