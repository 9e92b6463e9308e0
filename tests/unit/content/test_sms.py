"""How many segments an SMS takes (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.content.checks import count_segments


@pytest.mark.parametrize(
    ("text", "segments", "units", "unicode"),
    [
        ("a" * 160, 1, 160, False),
        ("a" * 161, 2, 161, False),
        ("a" * 306, 2, 306, False),
        ("a" * 307, 3, 307, False),
        ("€" * 80, 1, 160, False),  # an escape and a septet each
        ("€" * 81, 2, 162, False),
        ("a" * 152 + "€" + "a" * 152, 3, 306, False),  # the pair is not cut in two, so one septet stays empty
        ("a" * 151 + "€" + "a" * 153, 2, 306, False),
        ("я" * 70, 1, 70, True),
        ("я" * 71, 2, 71, True),
        ("я" * 134, 2, 134, True),
        ("я" * 135, 3, 135, True),
        ("🛒" * 35, 1, 70, True),
        ("я" * 66 + "🛒" + "я" * 66, 3, 134, True),  # nor is an emoji
        ("a" * 69 + "–", 1, 70, True),
        ("àéÇ{}[]~\\|^\n", 1, 20, False),
        ("ç", 1, 1, True),  # the small one is not in the alphabet, the large one is
    ],
)
def test_segments(text: str, segments: int, units: int, unicode: bool) -> None:
    found = count_segments(text)
    assert (found.segments, found.units, found.unicode) == (segments, units, unicode)


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=400))
def test_what_is_counted_fits(text: str) -> None:
    found = count_segments(text)
    assert found.units <= found.room
    assert found.unicode == bool(found.odd)
    assert count_segments(text + "a").segments >= found.segments
