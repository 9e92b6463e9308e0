"""Masks Jinja and addresses in MJML: each is replaced by a word that mjml keeps, and restored afterwards.

mjml would write `{% if a &gt; 1 %}` and drop text between sections. So a statement becomes a comment, which is
legal even inside a table and kept between sections; an expression, or anything inside a tag, becomes a word. mjml also
reads `&copy=1` as a character and writes quotes as they are: so whole links and every `&` of a value are masked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kaskad.content.mjml.character_references import read_reference
from kaskad.content.mjml.masked_source import HIDDEN_STYLE, JINJA, MaskedPart, MaskedSource, choose_prefix
from kaskad.content.mjml.masked_values import is_address, mask_address, mask_reference, mask_style, mixes_text_and_jinja
from kaskad.content.rendering.urls import refused_scheme

COMMENT_OR_JINJA = re.compile(rf"<!--.*?-->|{JINJA.pattern}", re.DOTALL)
_OUTSIDE = re.compile(
    rf"(?P<comment><!--.*?-->)|(?P<jinja>{JINJA.pattern})|(?P<tag></?[A-Za-z][\w:-]*)|(?P<and>&)", re.DOTALL
)
_ATTRIBUTE = (
    r"""(?P<name>[^\s"'<>/={}]+)(?P<is>\s*=\s*)(?:"""
    rf""""(?P<double>(?:{JINJA.pattern}|[^"])*+)"|'(?P<single>(?:{JINJA.pattern}|[^'])*+)'|(?P<bare>[^\s"'<>{{]+))"""
)
_INSIDE = re.compile(rf"(?P<jinja>{JINJA.pattern})|(?P<end>/?>)|{_ATTRIBUTE}", re.DOTALL)
_IN_COMMENT = re.compile(rf"(?P<jinja>{JINJA.pattern})|{_ATTRIBUTE}", re.DOTALL)
_IN_VALUE = re.compile(rf"(?P<jinja>{JINJA.pattern})|(?P<and>&)|(?P<quote>\")", re.DOTALL)
_RAW = frozenset({"style", "script"})  # they contain no references, and mjml's parser knows it
_CSS = "mj-style"


def mask_source(source: str) -> MaskedSource:
    """The source with every Jinja tag and every link masked, without comments, except Outlook's conditional ones."""
    prefix = choose_prefix(source)
    masker = _Masker(prefix)
    text = "".join(masker.pieces(source))
    return MaskedSource(text, tuple(masker.hidden), tuple(masker.misplaced), prefix, tuple(masker.strange))


class _Masker:
    """Walks through the source; knows whether it is inside a tag, and which tag was the last."""

    def __init__(self, prefix: str) -> None:
        self.hidden: list[MaskedPart] = []
        self.misplaced: list[MaskedPart] = []
        self.strange: list[tuple[int, str]] = []
        self._prefix = prefix
        self._in_tag = False
        self._tag = ""

    def pieces(self, source: str) -> Iterator[str]:
        """The masked source, piece by piece."""
        position = 0
        while token := (_INSIDE if self._in_tag else _OUTSIDE).search(source, position):
            yield source[position : token.start()]
            position = token.end()
            if token["jinja"]:
                yield self._jinja(token[0], token.start())
            elif self._in_tag:
                yield self._inside(token)
            elif token["comment"]:
                yield self._comment(token[0], token.start())
            elif token["tag"]:
                self._in_tag, self._tag = True, token[0][1:].lower()
                yield token[0]
            else:
                yield self._and(source, token.start())
        yield source[position:]

    def _word(self, hidden: MaskedPart) -> str:
        self.hidden.append(hidden)
        return f"{self._prefix}{len(self.hidden) - 1}j"

    def _jinja(self, jinja: str, offset: int) -> str:
        word = self._word(MaskedPart.of_jinja(jinja, offset))
        if self._in_tag or jinja.startswith("{{"):
            if self._in_tag:
                self.misplaced.append(self.hidden[-1])
            return word
        return f"<!--{word}-->"

    def _comment(self, comment: str, offset: int) -> str:
        """The comment with its links masked, since Outlook reads it as HTML; it may not contain a comment."""
        if not comment.startswith(("<!--[if", "<!--<![")):
            return ""

        def hide(found: re.Match[str]) -> str:
            if found["jinja"]:
                return self._word(MaskedPart.of_jinja(found[0], offset + found.start()))
            return self._attribute(found, offset)

        return _IN_COMMENT.sub(hide, comment)

    def _inside(self, token: re.Match[str]) -> str:
        if token["end"]:
            self._in_tag = False
            self._tag = "" if token[0] == "/>" else self._tag
            return token[0]
        return self._attribute(token, 0)

    def _attribute(self, found: re.Match[str], offset: int) -> str:
        group = next(name for name in ("double", "single", "bare") if found[name] is not None)
        value, start, name = found[group], offset + found.start(group), found["name"].lower()
        quote = "'" if group == "single" else '"'
        before = f"{found['name']}{found['is']}"
        if value.strip() and is_address(name):
            if scheme := refused_scheme(value, mail=True):
                self.strange.append((start, scheme))
            return f"{before}{quote}{self._word(mask_address(name, value, start))}{quote}"
        if mixes_text_and_jinja(name, value):
            return f"{before}{quote}{HIDDEN_STYLE.format(self._word(mask_style(value, start)))}{quote}"
        kept = "".join(self._value(value, start, name))
        return f"{before}{kept}" if group == "bare" else f"{before}{quote}{kept}{quote}"

    def _value(self, value: str, offset: int, name: str) -> Iterator[str]:
        """A value that is not an address: its Jinja, references and quotes are masked, mjml reads the rest."""
        position = 0
        while token := _IN_VALUE.search(value, position):
            yield value[position : token.start()]
            position = token.end()
            if token["jinja"]:
                yield self._word(MaskedPart.of_jinja(token[0], offset + token.start()))
            elif token["quote"]:
                yield self._word(MaskedPart("", offset, "&quot;", '"'))
            else:
                reference = read_reference(value, token.start())
                position = token.start() + len(reference or "&")
                yield self._word(mask_reference(reference, offset))
        yield value[position:]

    def _and(self, source: str, position: int) -> str:
        reference = read_reference(source, position)
        if self._tag == _CSS:
            return self._word(MaskedPart("", position, "&amp;", "&"))
        if reference or self._tag in _RAW:
            return "&"
        return self._word(mask_reference("", position))
