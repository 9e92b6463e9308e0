"""What is put right in XML does not depend on the portions in which it arrives."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from kaskad.services.feeds.formats.repairing import RepairedXml

PIECES = st.sampled_from(
    [
        *(
            "a",
            "Ж",
            "]]>",
            "&",
            "&amp;",
            "&nbsp;",
            "&#10;",
            "&#x0;",
            "&#xD800;",
            "&#99999999;",
            "&no_such;",
            ";",
            "\x0b",
        ),
        *("<![CDATA[x & y]]>", "<!-- & -->", "<b>", "</b>", "]]", "&lt", "\ufffe", "-->"),
    ]
)


class Drip(io.RawIOBase):
    """Hands out a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size, self._at = data, size, 0

    def read(self, size: int = -1, /) -> bytes:
        part = self._data[self._at : self._at + self._size]
        self._at += len(part)
        return part


def repaired(text: str, size: int) -> str:
    return io.BufferedReader(RepairedXml(Drip(text.encode(), size), None)).read().decode()  # type: ignore[arg-type]


@given(st.lists(PIECES, max_size=30), st.integers(1, 50))
def test_portions_do_not_matter(pieces: list[str], size: int) -> None:
    text = "".join(pieces)
    assert repaired(text, size) == repaired(text, 1_000_000)


@given(
    st.lists(st.sampled_from(["a", "Ж", "&", "&amp;", "&nbsp;", "&#x0;", "&no_such;", "&#99999999;", "\x0b", "&lt"]))
)
def test_any_text_becomes_well_formed(pieces: list[str]) -> None:
    etree.fromstring(f"<a>{repaired(''.join(pieces), 7)}</a>")


@given(st.text(st.characters(codec="utf-8", exclude_characters="&<>\r", exclude_categories=("Cc", "Cs", "Cn"))))
def test_what_is_well_formed_stays_as_it_is(text: str) -> None:
    escaped = f"<a b='&quot;'>{text}<![CDATA[&<>]]><!-- & -->&amp;&lt;&#1055;</a>"
    assert repaired(escaped, 5) == escaped
