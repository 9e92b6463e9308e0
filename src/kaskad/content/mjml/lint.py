"""Finds problems in MJML before it is compiled: the package `mjml` itself reports none of them, and loses text."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

from kaskad.content.mjml.elements import VOID, Grammar, load_grammar
from kaskad.content.mjml.head_lint import Heads
from kaskad.content.mjml.masking import COMMENT_OR_JINJA
from kaskad.content.mjml.source import Source
from kaskad.content.template_check import suggest_nearest
from kaskad.domain.errors import Problem

Attributes = list[tuple[str, str | None]]


def lint_mjml(source: Source) -> list[Problem]:
    """The problems: unclosed tags, unknown tags and attributes, misplaced elements, text that would be lost."""
    reader = _Reader(_blank_comments(source.text), load_grammar())
    return [source.problem(offset, text) for offset, text in reader.findings()]


def _blank_comments(text: str) -> str:
    """The text with Jinja and comments blanked, each character in its place; expressions count as text."""

    def blank(found: str) -> str:
        filler = "x" if found.startswith("{{") else " "
        return "".join("\n" if character == "\n" else filler for character in found)

    return COMMENT_OR_JINJA.sub(lambda found: blank(found[0]), text)


class _Reader(HTMLParser):
    """Reads like mjml (with the same parser), but keeps positions and checks."""

    def __init__(self, text: str, known: Grammar) -> None:
        super().__init__(convert_charrefs=False)
        self._text = text
        self._known = known
        self._line_starts = [0]
        for line in text.split("\n"):
            self._line_starts.append(self._line_starts[-1] + len(line) + 1)
        self._heads = Heads()
        self._open: list[tuple[str, int]] = []
        self._found: list[tuple[int, str]] = []
        self._frames: dict[str, list[int]] = {"mjml": [], "mj-head": [], "mj-body": []}

    def findings(self) -> list[tuple[int, str]]:
        """The offsets and texts of the problems."""
        self.feed(self._text)
        self.close()
        self._found += [(offset, f"<{tag}> is not closed") for tag, offset in self._open]
        return self._found or list(self._frame())

    def _frame(self) -> Iterator[tuple[int, str]]:
        """The problems of <mjml> and <mj-body>: missing, or given twice, so that a part would be lost."""
        if not self._text.strip():
            yield 0, "the file is empty: an e-mail is <mjml> with a <mj-head> and a <mj-body>"
        elif not self._frames["mjml"]:
            yield 0, "an e-mail stands in <mjml>, with a <mj-head> and a <mj-body>"
        elif not self._frames["mj-body"]:
            yield self._frames["mjml"][0], "<mjml> has no <mj-body>: what the e-mail says stands in it"
        for tag, places in self._frames.items():
            for offset in places[1:]:
                yield offset, f"a second <{tag}> would be lost: an e-mail has one"

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        self._check(tag, attrs)
        if tag not in VOID:
            self._open.append((tag, self._here()))

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self._check(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if tag not in (name for name, _ in self._open):
            self._say(f"</{tag}> closes nothing")
            return
        while (last := self._open.pop())[0] != tag:
            self._found.append((last[1], f"<{last[0]}> is not closed"))

    def handle_data(self, data: str) -> None:
        stripped = data.strip()
        if stripped.startswith("<") and stripped[1:2].isalpha():
            self._say("this tag does not end")
        elif stripped and (self._parent() in self._known.containers or not self._open):
            where = f"directly below <{self._parent()}>" if self._open else "outside <mjml>"
            offset = self._here() + len(data) - len(data.lstrip())
            self._found.append((offset, f"text {where} would be lost: put it into <mj-text>"))

    def _check(self, tag: str, attrs: Attributes) -> None:
        if tag in self._frames:
            self._frames[tag].append(self._here())
        names = [name for name, _ in attrs]
        for twice in sorted({name for name in names if names.count(name) > 1}):
            self._say(f"<{tag}> has {twice!r} twice: only one would be kept")
        if tag != "mjml" and not tag.startswith("mj-"):
            if self._parent() in self._known.containers:
                self._say(f"<{tag}> would be lost here: put it into <mj-text> or <mj-raw>")
            return
        for text in (*self._wrong_element(tag, names), *self._heads.error(tag, self._parent(), dict(attrs))):
            self._say(text)

    def _wrong_element(self, tag: str, names: list[str]) -> Iterator[str]:
        if tag not in self._known.attributes:
            yield f"unknown tag <{tag}>{suggest_nearest(tag, self._known.attributes)}"
            return
        parents, parent = self._known.parents.get(tag), self._parent()
        if parents is not None and parent not in parents and parent != "mj-attributes":
            yield f"<{tag}> stands below {_either(parents)}, not below {f'<{parent}>' if parent else 'nothing'}"
        allowed = self._known.attributes[tag]
        for name in names:
            if allowed is not None and name not in allowed:
                yield f"unknown attribute {name!r} of <{tag}>{suggest_nearest(name, allowed)}"

    def _parent(self) -> str:
        return self._open[-1][0] if self._open else ""

    def _here(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column

    def _say(self, text: str) -> None:
        self._found.append((self._here(), text))


def _either(parents: frozenset[str]) -> str:
    return " or ".join(f"<{parent}>" if parent else "nothing" for parent in sorted(parents))
