"""MJML with masked Jinja and links, and how to restore them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import quote

QUOTED = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
JINJA = re.compile(rf"""\{{\#.*?\#\}}|\{{%(?:{QUOTED}|[^"'])*?%\}}|\{{\{{(?:{QUOTED}|[^"'])*?\}}\}}""", re.DOTALL)
HIDDEN_STYLE = "--{}:0"  # masked declarations: CSS parsers keep it in its place
_STYLE = re.compile(r"(<style\b[^>]*>.*?</style>)", re.DOTALL | re.IGNORECASE)
_PICTURE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MaskedPart:
    """A masked part: a Jinja tag with its offset in the source, or a part of an attribute (then its Jinja is "").

    `html` takes its place in HTML, `plain` in plain text and in CSS, `shared` in the query of another address.
    """

    jinja: str
    offset: int
    html: str
    plain: str
    shared: str = ""
    picture: bool = False  # a picture's address from data: it may be empty

    @classmethod
    def of_jinja(cls, jinja: str, offset: int) -> MaskedPart:
        """The masked part of a tag that is the same in HTML, plain text and addresses."""
        return cls(jinja, offset, jinja, jinja)


@dataclass(frozen=True, slots=True)
class MaskedSource:
    """MJML without Jinja, and the masked parts by number.

    `misplaced` are among attributes, outside quotes: mjml sorts attributes, so they could not be restored.
    `strange` are the schemes of addresses that no mail program opens, each with its offset.
    """

    text: str
    hidden: tuple[MaskedPart, ...]
    misplaced: tuple[MaskedPart, ...]
    prefix: str
    strange: tuple[tuple[int, str], ...] = ()

    @property
    def mark(self) -> str:
        """The pattern of one mark; its group is the number."""
        return rf"{self.prefix}(\d+)j"

    def unmask(self, html: str) -> str:
        """The HTML with all masked parts restored. A picture whose address is empty is left out."""
        parts = _STYLE.split(html)  # every second piece is a style sheet, which has no references
        return "".join(
            self.plain(part) if number % 2 else self._html(self._optional(part)) for number, part in enumerate(parts)
        )

    def plain(self, text: str) -> str:
        """The text with all masked parts restored, for text without character references."""
        return re.sub(self._anywhere, lambda found: self._found(found).plain, text)

    def lost(self, text: str) -> list[MaskedPart]:
        """The Jinja that is missing from a masked text."""
        kept = set(self.marks(text))
        return [hidden for number, hidden in enumerate(self.hidden) if number not in kept and hidden.jinja]

    def marks(self, text: str) -> list[int]:
        """The numbers of the marks in the text, in order."""
        return [int(number) for number in re.findall(self.mark, text)]

    @property
    def _anywhere(self) -> str:
        return rf"<!--\s*{self.mark}\s*-->|--{self.mark}:\s*0|(?P<shared>=)?{self.mark}"

    def _found(self, found: re.Match[str]) -> MaskedPart:
        return self.hidden[int(found[1] or found[2] or found[4])]

    def _html(self, html: str) -> str:
        def put(found: re.Match[str]) -> str:
            hidden, before = self._found(found), found["shared"] or ""
            return before + (hidden.shared if before and hidden.shared else hidden.html)

        return re.sub(self._anywhere, put, html)

    def _optional(self, html: str) -> str:
        return _PICTURE.sub(self._only_with_address, html)

    def _only_with_address(self, image: re.Match[str]) -> str:
        source = re.search(rf"\bsrc=[\"']{self.mark}[\"']", image[0])
        if not source or not self.hidden[int(source[1])].picture:
            return image[0]
        address = self.hidden[int(source[1])].html
        shown = image[0].replace(source[0], 'src="{{ shown }}"')
        return f"{{% set shown %}}{address}{{% endset %}}{{% if shown %}}{shown}{{% endif %}}"


def choose_prefix(source: str) -> str:
    """The prefix of the marks of this source: it occurs nowhere else in it."""
    return f"j{blake2b(source.encode(), digest_size=4).hexdigest()}n"


def quote_attribute(text: str) -> str:
    """The address encoded as part of another address's query."""
    return quote(text, safe="")
