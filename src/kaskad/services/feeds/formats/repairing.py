"""XML as shops write it, made well-formed where only one thing can be meant: a bare `&`, `&nbsp;`, a control character.

One offer with "LCD&TFT" in its name would else make all others unreadable. No reference to an entity is left but those
that XML itself knows, so nothing that a document declares is ever expanded.
"""

from __future__ import annotations

import codecs
import io
import re
from html.entities import html5
from typing import IO

from kaskad.services.feeds.problems import FeedProblem, FeedRefused

PART = 1 << 16  # bytes
DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
LOOK = 512  # bytes at the beginning that hold the declaration
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
SPECIAL = re.compile(r"<!\[CDATA\[|<!--|&|\]\]>")
STRAY = "]]>"
ENDS = {"<![CDATA[": "]]>", "<!--": "-->"}
REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")
LONGEST = 40  # characters of what is looked at as one
OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})
XML_CODES = ((0x9, 0xA), (0xD, 0xD), (0x20, 0xD7FF), (0xE000, 0xFFFD), (0x10000, 0x10FFFF))
NOT_XML = dict.fromkeys([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF], " ")


class RepairedXml(io.RawIOBase):
    """The document in UTF-8, whatever it was written in; bytes that are no letters become U+FFFD."""

    def __init__(self, stream: IO[bytes], encoding: str | None) -> None:
        self._stream = stream
        self._first = stream.read(LOOK)
        try:
            self._decoder = codecs.getincrementaldecoder(encoding or _find_encoding(self._first))(errors="replace")
        except LookupError as error:
            raise FeedRefused(FeedProblem.BROKEN, f"it cannot be read: {error}") from None
        self._rest, self._until, self._ready, self._ended = "", "", b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._ready and not self._ended:
            self._fill()
        data, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(data)] = data
        return len(data)

    def _fill(self) -> None:
        data, self._first = self._first or self._stream.read(PART), b""
        self._ended = not data
        text = self._decoder.decode(data, final=self._ended).translate(NOT_XML)
        self._ready = self._repair(self._rest + text).encode(errors="replace")

    def _repair(self, text: str) -> str:
        """The text as far as it can be judged; the rest waits for what follows."""
        done, at = [], 0
        while True:
            if self._until:
                found = text.find(self._until, at)
                end = found + len(self._until) if found >= 0 else self._keep(text, at, len(self._until))
                done.append(text[at:end])
                at = end
                if found < 0:
                    break
                self._until = ""
            special = SPECIAL.search(text, at)
            if special is None:
                end = self._keep(text, at, len("<![CDATA["))
                done.append(text[at:end])
                at = end
                break
            done.append(text[at : special.start()])
            at = special.start()
            if special[0] == STRAY:  # without its beginning
                done.append("]]&gt;")
                at = special.end()
                continue
            if special[0] != "&":
                done.append(special[0])
                self._until, at = ENDS[special[0]], special.end()
                continue
            if not self._ended and len(text) - at < LONGEST:
                break
            reference = REFERENCE.match(text, at)
            done.append(_read(reference) if reference else "&amp;")
            at = reference.end() if reference else at + 1
        self._rest = text[at:]
        return "".join(done)

    def _keep(self, text: str, at: int, mark: int) -> int:
        """Up to where the text can be handed on: a mark of that length may begin in the last characters."""
        return len(text) if self._ended else max(at, len(text) - mark + 1)


def _find_encoding(first: bytes) -> str:
    for mark, name in BOMS:
        if first.startswith(mark):
            return name
    declared = DECLARED.search(first)
    return declared[1].decode() if declared else "utf-8"


def _read(reference: re.Match[str]) -> str:
    """The reference as XML knows it; one that nobody knows is the text that it is."""
    decimal, hexadecimal, name = reference.groups()
    if name:
        letters = html5.get(f"{name};")
        if name in OWN:
            return reference[0]
        return letters if letters and "<" not in letters and "&" not in letters else f"&amp;{name};"
    code = int(decimal) if decimal else int(hexadecimal, 16)
    allowed = (
        code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    )
    return reference[0] if allowed else " "
