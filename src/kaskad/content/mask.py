"""Jinja carried through MJML: each tag hidden behind a word that mjml keeps, and put back afterwards.

mjml would write `{% if a &gt; 1 %}` and drop what stands between sections. So a statement becomes a comment, which is
legal even inside a table and kept between sections; an expression, or anything inside a tag, becomes a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

_QUOTED = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
JINJA = re.compile(rf"""\{{\#.*?\#\}}|\{{%(?:{_QUOTED}|[^"'])*?%\}}|\{{\{{(?:{_QUOTED}|[^"'])*?\}}\}}""", re.DOTALL)
COMMENT_OR_JINJA = re.compile(rf"<!--.*?-->|{JINJA.pattern}", re.DOTALL)
_TOKEN = re.compile(
    rf"(?P<comment><!--.*?-->)|(?P<jinja>{JINJA.pattern})"
    r"|(?P<tag></?[A-Za-z][\w:-]*)|(?P<end>/?>)|(?P<quote>[\"'])",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A Jinja tag and the offset where it was written."""

    jinja: str
    offset: int


@dataclass(frozen=True, slots=True)
class Masked:
    """MJML without Jinja, and what was hidden, by number.

    `misplaced` stands among attributes, outside any quotes: mjml sorts attributes, so it could not be put back.
    """

    text: str
    hidden: tuple[Hidden, ...]
    misplaced: tuple[Hidden, ...]
    prefix: str

    @property
    def mark(self) -> str:
        """The pattern of one mark; its group is the number."""
        return rf"{self.prefix}(\d+)j"

    def unmask(self, text: str) -> str:
        """The text with all Jinja back in its place."""
        pattern = rf"<!--\s*{self.mark}\s*-->|{self.mark}"
        return re.sub(pattern, lambda found: self.hidden[int(found[1] or found[2])].jinja, text)

    def lost(self, text: str) -> list[Hidden]:
        """What a masked text does not carry any more."""
        kept = {int(number) for number in re.findall(self.mark, text)}
        return [hidden for number, hidden in enumerate(self.hidden) if number not in kept]


def mask(source: str) -> Masked:
    """The source with every Jinja tag hidden; comments go, except Outlook's conditional ones."""
    prefix = f"j{blake2b(source.encode(), digest_size=4).hexdigest()}n"
    masker = _Masker(prefix)
    text = "".join(masker.pieces(source))
    return Masked(text, tuple(masker.hidden), tuple(masker.misplaced), prefix)


class _Masker:
    """Walks through the source and knows whether it is inside a tag, and inside quotes."""

    def __init__(self, prefix: str) -> None:
        self.hidden: list[Hidden] = []
        self.misplaced: list[Hidden] = []
        self._prefix = prefix
        self._in_tag = False
        self._quote = ""

    def pieces(self, source: str) -> Iterator[str]:
        """The masked source, piece by piece."""
        position = 0
        for token in _TOKEN.finditer(source):
            yield source[position : token.start()]
            position = token.end()
            if token["jinja"]:
                yield self._jinja(token[0], token.start())
            elif token["comment"]:
                yield self._comment(token[0], token.start())
            else:
                self._markup(token)
                yield token[0]
        yield source[position:]

    def _word(self, jinja: str, offset: int) -> str:
        self.hidden.append(Hidden(jinja, offset))
        return f"{self._prefix}{len(self.hidden) - 1}j"

    def _jinja(self, jinja: str, offset: int) -> str:
        word = self._word(jinja, offset)
        if self._in_tag or jinja.startswith("{{"):
            if self._in_tag and not self._quote:
                self.misplaced.append(self.hidden[-1])
            return word
        return f"<!--{word}-->"

    def _comment(self, comment: str, offset: int) -> str:
        if not comment.startswith(("<!--[if", "<!--<![")):
            return ""
        return JINJA.sub(lambda found: self._word(found[0], offset + found.start()), comment)

    def _markup(self, token: re.Match[str]) -> None:
        if self._quote:
            self._quote = "" if token[0] == self._quote else self._quote
        elif self._in_tag and token["quote"]:
            self._quote = token[0]
        elif token["tag"] or token["end"]:
            self._in_tag = bool(token["tag"])
