"""Handles an `mj-font` that mjml already has, or that is given twice: mjml would fail; here the last one counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

BUILT_IN = frozenset({"Open Sans", "Droid Sans", "Lato", "Roboto", "Ubuntu"})
_FONT = re.compile(
    r"""<!--.*?-->|<mj-font\b((?:"[^"]*"|'[^']*'|[^"'>])*?)(?:/>|>\s*</mj-font\s*>)""",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""(?<![\w-])(name|href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fonts:
    """MJML with each of its fonts once, and the addresses for fonts that mjml has with other addresses."""

    mjml: str
    addresses: Mapping[str, str]

    def put(self, html: str) -> str:
        """The HTML with these addresses in place of mjml's."""
        for name, address in self.addresses.items():
            theirs = f"https://fonts.googleapis.com/css?family={name.replace(' ', '+')}:300,400,500,700"
            html = html.replace(theirs, address)
        return html


def take_out_fonts(mjml: str) -> Fonts:
    """The MJML without the fonts that would make mjml fail."""
    last = {name: found for found in _FONT.finditer(mjml) if (name := _attributes(found).get("name"))}

    def take(found: re.Match[str]) -> str:
        name = _attributes(found).get("name")  # a comment has no attributes
        stays = not name or (name not in BUILT_IN and found.start() == last[name].start())
        return found[0] if stays else ""

    addresses = {name: _attributes(last[name]).get("href", "") for name in last.keys() & BUILT_IN}
    return Fonts(_FONT.sub(take, mjml), addresses)


def _attributes(found: re.Match[str]) -> dict[str, str]:
    return {
        match[1].lower(): unescape(match[2] or match[3] or match[4] or "")
        for match in _ATTRIBUTE.finditer(found[1] or "")
    }
