"""What a program writes in place of an id is none: else one event would swallow all later ones."""

from __future__ import annotations

import pytest

from kaskad.domain.values.placeholders import is_placeholder
from tests.unit.services.ingestion.segment_calls import judged, track

NONE = (
    *(
        "undefined",
        "null",
        "None",
        "NaN",
        "0",
        "000000",
        "[object Object]",
        "[object Undefined]",
        "{}",
        "-",
        " ",
        "n/a",
    ),
    *("00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}"),
)


@pytest.mark.parametrize("said", NONE)
def test_a_placeholder_is_no_id(said: str) -> None:
    ids = {event.message_id for event in judged(*[track("Unsubscribe") | {"messageId": said}] * 2).events}
    assert len(ids) == 2
    assert said not in ids


@pytest.mark.parametrize("said", ["1", "a0", "none-1", "undefined-7", "00000000-0000-0000-0000-000000000001"])
def test_whatever_else_is_written_is_an_id(said: str) -> None:
    assert not is_placeholder(said)


@pytest.mark.parametrize("said", ["2,90001E+12", "2.9E+12", "7.0e+9"])
def test_a_number_that_a_table_rounded_is_no_id(said: str) -> None:
    assert is_placeholder(said)
    assert not is_placeholder(f"{said}-a")
