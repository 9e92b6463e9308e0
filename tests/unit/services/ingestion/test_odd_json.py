"""Bodies that strict JSON refuses as a whole, because of one event in them."""

from __future__ import annotations

import math
import time

import pytest

from kaskad.api.body_limits import read_json
from kaskad.domain.errors import Rejected
from kaskad.domain.rejection import EventRejected
from kaskad.services.ingestion import event_limits

ODD = {
    "half a character": rb'"\ud800"',
    "the other half": rb'"a\udc00b"',
    "bytes of another encoding": b'"\xe4\xf6"',
    "NaN": b"NaN",
    "minus infinity": b"-Infinity",
    "a number without end": b"1e999",
    "400 digits": b"9" * 400,
    "50,000 digits": b"9" * 50_000,
    "2,000 levels": b"[" * 2_000 + b"]" * 2_000,
    "2,000 objects": b'{"a":' * 2_000 + b'"]}"' + b"}" * 2_000,
    "100,000 levels": b"[" * 100_000 + b"]" * 100_000,
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD.keys())
def test_one_odd_value_leaves_the_rest_of_the_body_readable(value: bytes) -> None:
    read = read_json(b'{"batch": [{"a": 1}, {"odd": ' + value + b'}, {"z": ["]", {"n": -5, "f": 0.5}]}]}')
    before, odd, after = read["batch"]
    assert (before, after) == ({"a": 1}, {"z": ["]", {"n": -5, "f": 0.5}]})
    with pytest.raises(EventRejected):
        event_limits.check_event(odd)


def test_a_text_with_a_line_break_is_taken_as_it_is_meant() -> None:
    assert read_json(b'{"a": "two\nlines"}') == {"a": "two\nlines"}
    assert read_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_whole_numbers_are_read_as_strict_json_reads_them() -> None:
    odd = read_json(b'{"odd": NaN, "n": 123456789012345678901234567890, "m": 12}')
    assert math.isnan(odd["odd"])
    assert (odd["n"], odd["m"]) == (1.2345678901234568e29, 12)


def test_what_is_no_json_even_in_its_outline_is_refused() -> None:
    for body in (b"", b"{", b"[]", b'{"a": }', b'{"a": "b}', b"\xff\xfe", b"[" * 100_000, b'{"a": 1}}'):
        with pytest.raises(Rejected):
            read_json(body)


@pytest.mark.parametrize("odd", [b"1", *ODD.values()], ids=["a number", *ODD])
def test_two_lists_of_events_are_refused_since_one_would_be_lost(odd: bytes) -> None:
    with pytest.raises(Rejected, match="twice"):
        read_json(b'{"batch": [{"a": ' + odd + b'}], "sentAt": null, "batch": [{"b": 2}]}')
    for once in (
        b'{"batch": [{"properties": {"batch": ' + odd + b', "batch": 2}}, {"batch": "batch"}]}',
        b'{"properties": {"batch": ' + odd + b'}, "event": "batch"}',
    ):
        assert isinstance(read_json(once), dict)


def test_a_text_without_an_end_takes_no_time() -> None:
    for mark in (b'\\"', b"\\\\", b"[,"):
        started = time.monotonic()
        with pytest.raises(Rejected):
            read_json(b'{"a": "' + mark * 10_000)
        assert time.monotonic() - started < 2, mark
