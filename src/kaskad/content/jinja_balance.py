"""Finds Jinja blocks that are not closed, with the place where they begin: Jinja reports only where it stopped."""

from __future__ import annotations

import re

from kaskad.content.mjml.masked_source import JINJA, QUOTED

_TAG = re.compile(r"\{%[-+]?\s*(?P<name>\w+)(?P<rest>.*)", re.DOTALL)
_OPENS = frozenset(["if", "for", "set", "filter", "block", "macro", "call", "raw", "with", "autoescape"])
_BEGINS = re.compile(r"\{[{%#]")
_QUOTED = re.compile(QUOTED)
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}


def find_unbalanced(text: str) -> tuple[int, str, str] | None:
    """The first open block: its line from 1, how it begins, and what is wrong. None if all blocks are closed.

    Jinja reports errors inside a tag: this function returns nothing after such a tag.
    """
    open_: list[tuple[str, re.Match[str]]] = []
    position = 0
    for jinja in JINJA.finditer(text):
        if begun := _BEGINS.search(text, position, jinja.start()):
            return _never_ends(text, begun)
        if not jinja[0].startswith("{#") and _BEGINS.search(_QUOTED.sub("", jinja[0][2:])):
            return _never_ends(text, jinja)  # up to the end of a later one
        position = jinja.end()
        name = _name(jinja[0])
        if name in _OPENS:
            open_.append((name, jinja))
        elif name.startswith("end") and (wrong := _wrong_end(text, name, jinja, open_=open_)):
            return wrong
    if begun := _BEGINS.search(text, position):
        return _never_ends(text, begun)
    if open_:
        opener, where = open_[-1]
        return _told(text, where, f"{{% {opener} %}} is not closed: {{% end{opener} %}} is missing")
    return None


def _wrong_end(
    text: str, name: str, jinja: re.Match[str], *, open_: list[tuple[str, re.Match[str]]]
) -> tuple[int, str, str] | None:
    if not open_:
        return _told(text, jinja, f"{{% {name} %}} closes nothing")
    opener, where = open_.pop()
    if name == f"end{opener}":
        return None
    if name.removeprefix("end") not in _OPENS:
        return _told(text, jinja, f"unknown tag {name!r}, did you mean 'end{opener}'?")
    return _told(text, where, f"{{% {opener} %}} is not closed before {{% {name} %}}")


def _name(jinja: str) -> str:
    """The name of a statement; "" for everything else, and for a complete `set`."""
    tag = _TAG.match(jinja)
    if tag is None:
        return ""
    return "" if tag["name"] == "set" and "=" in tag["rest"] else tag["name"]


def _never_ends(text: str, begun: re.Match[str]) -> tuple[int, str, str]:
    line, braces = text[begun.start() :].partition("\n")[0], begun[0][:2]
    return _told(text, begun, f"{braces} never ends: {_ENDS[braces]} is missing", needle=line)


def _told(text: str, where: re.Match[str], said: str, *, needle: str = "") -> tuple[int, str, str]:
    first = where[0].partition("\n")[0]
    return text.count("\n", 0, where.start()) + 1, needle or first, f"Jinja: {said}"
