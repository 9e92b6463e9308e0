"""The text part of an e-mail, derived once from its MJML: a template too, with its Jinja still masked.

(To convert each customer's HTML to text would cost sixty times as much as rendering.)
"""

from __future__ import annotations

from html.parser import HTMLParser

from kaskad.content.blanks import join_lines, tidy_blanks
from kaskad.content.mjml.elements import VOID, split_tags
from kaskad.content.mjml.masked_source import MaskedSource

_PARAGRAPHS = split_tags(
    "p h1 h2 h3 h4 h5 h6 ul ol table blockquote mj-text mj-button mj-table mj-section mj-accordion-title"
    " mj-accordion-text mj-navbar-link mj-social-element"
)
_LINES = split_tags("div tr li br hr mj-divider")
_LINKS = split_tags("a mj-button mj-navbar-link mj-social-element")  # pictures have no text
_SILENT = split_tags("style script title mj-style mj-attributes mj-title mj-preview mj-breakpoint mj-font")


class PlainTextReader(HTMLParser):
    """Reads masked MJML. Afterwards `title`, `preview` and `body` are plain text with their Jinja."""

    def __init__(self, masked: MaskedSource) -> None:
        super().__init__(convert_charrefs=True)
        self._masked = masked
        self.title = ""
        self.preview = ""
        self._body: list[str] = []
        self._open: list[str] = []
        self._links: list[tuple[str, str, int]] = []  # tag, address, where its text begins
        self.feed(masked.text)
        self.close()
        self.title, self.preview = masked.plain(self.title), masked.plain(self.preview)

    @property
    def body(self) -> str:
        """The paragraphs, separated by an empty line; links as `text: address`."""
        return self._masked.plain(tidy_blanks("".join(self._body)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag)
        if tag == "li":
            self._body.append("- ")
        attributes = {name: value or "" for name, value in attrs}
        if tag in _LINKS and attributes.get("href"):
            self._links.append((tag, attributes["href"], len(self._body)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if self._links and self._links[-1][0] == tag:
            self._end_link(*self._links.pop()[1:])
        self._break(tag)

    def handle_data(self, data: str) -> None:
        text = join_lines(data)
        if "mj-title" in self._open:
            self.title += text
        elif "mj-preview" in self._open:
            self.preview += text
        elif not _SILENT.intersection(self._open) and (text.strip() or self._in_sentence()):
            self._body.append(text)

    def handle_comment(self, data: str) -> None:
        if data.startswith("["):  # Outlook's
            return
        if "mj-title" in self._open:
            self.title += f"<!--{data}-->"
        elif "mj-preview" in self._open:
            self.preview += f"<!--{data}-->"
        elif not _SILENT.intersection(self._open):
            self._body.append(f"<!--{data}-->")

    def _end_link(self, address: str, start: int) -> None:
        text = "".join(self._body[start:]).strip()
        del self._body[start:]
        differs = text and self._masked.plain(text) != self._masked.plain(address)
        self._body.append(f"{text}: {address}" if differs else address)

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._body.append("\n\n")
        elif tag in _LINES:
            self._body.append("\n")
        elif tag in ("td", "th"):
            self._body.append(" ")

    def _in_sentence(self) -> bool:
        return bool(self._body) and not self._body[-1].endswith("\n")
