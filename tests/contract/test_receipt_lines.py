"""Lines of a webhook: each is read alone, whatever is wrong with another."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kaskad.channels import receipt_lines
from kaskad.channels.receipt_lines import MAX_DETAIL, ON_ARRIVAL
from kaskad.domain.channel import OPT_OUT_RECEIPTS, Receipt, ReceiptKind, UnreadableReceipt
from kaskad.domain.errors import Rejected

KEY = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
GOOD = {"key": KEY, "kind": "delivered", "at": AT.isoformat()}
READ = Receipt(UUID(KEY), ReceiptKind.DELIVERED, AT)
SEEDED = settings(
    deadline=None, derandomize=True, database=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)


def line(**more: Any) -> dict[str, Any]:
    """A good line but for these."""
    return {name: value for name, value in {**GOOD, **more}.items() if value is not ...}


def read(*lines: Any) -> list[Receipt | UnreadableReceipt]:
    return receipt_lines.parse_receipts(json.dumps(lines).encode())


NO_RECEIPT: dict[str, tuple[Any, str]] = {
    "nothing": (None, "not_an_object"),
    "a text": ("delivered", "not_an_object"),
    "a number": (7, "not_an_object"),
    "a list": ([GOOD], "not_an_object"),
    "no key": (line(key=...), "bad_key"),
    "a number as key": (line(key=6), "bad_key"),
    "a number of 400 digits as key": (line(key=10**400), "bad_key"),
    "a list as key": (line(key=[KEY]), "bad_key"),
    "an empty key": (line(key=""), "bad_key"),
    "another id as key": (line(key="SM123"), "bad_key"),
    "half a character as key": (line(key="\ud800"), "bad_key"),
    "no kind": (line(kind=...), "unknown_kind"),
    "an unknown kind": (line(kind="abducted"), "unknown_kind"),
    "a number as kind": (line(kind=1), "unknown_kind"),
    "no time": (line(at=...), "bad_time"),
    "a time that is none": (line(at="yesterday"), "bad_time"),
    "a local way to write it": (line(at="29.11.2026 10:00"), "bad_time"),
    "a time without its offset": (line(at="2026-11-02T10:00:00"), "bad_time"),
    "a truth as time": (line(at=True), "bad_time"),
    "infinity as time": (line(at=float("inf")), "bad_time"),
    "a time beyond any": (line(at=1e300), "bad_time"),
    "an object as time": (line(at={"$date": 7}), "bad_time"),
    "perhaps by a machine": (line(by_machine="perhaps"), "bad_value"),
    "a list of dead": (line(address_dead=[]), "bad_value"),
}


@pytest.mark.parametrize(("bad", "code"), NO_RECEIPT.values(), ids=NO_RECEIPT)
def test_a_line_that_is_no_receipt_is_told_and_loses_no_other(bad: Any, code: str) -> None:
    first, second, third = read(GOOD, bad, GOOD)
    assert (first, third) == (READ, READ)
    assert isinstance(second, UnreadableReceipt)
    assert second.code == code
    assert 0 < len(second.detail) <= MAX_DETAIL


GARBLED = [
    b"",
    b"oops",
    b"{key: 1}",
    b"[" * 50_000 + b"]" * 50_000,
    b'{"key": ' + b"9" * 5_000 + b"}",
    b'{"at": "a, ], } \\" \\\\", }',
]


@pytest.mark.parametrize("garbled", GARBLED)
def test_a_line_that_is_not_even_json_loses_no_other(garbled: bytes) -> None:
    good = json.dumps(GOOD).encode()
    first, second, third = receipt_lines.parse_receipts(b" [" + good + b"," + garbled + b" ,\n" + good + b"] ")
    assert (first, third) == (READ, READ)
    assert isinstance(second, UnreadableReceipt)
    assert second.code == "not_json"


def test_bytes_that_are_no_text_spoil_their_own_line() -> None:
    bad = json.dumps(line(detail="?")).encode().replace(b"?", b"\xff\xc3")
    good = json.dumps(GOOD).encode()
    first, second = receipt_lines.parse_receipts(b"[" + good + b"," + bad + b"]")
    assert first == READ
    assert isinstance(second, Receipt)
    assert second.detail == "\ufffd\ufffd"


@pytest.mark.parametrize(
    ("detail", "taken"),
    [
        ("mailbox full", "mailbox full"),
        ("a\0b", "ab"),
        ("\0", ""),
        ("half \ud83d", "half \ufffd"),
        ("turned \u202e round", "turned \ufffd round"),
        (" two\r\nlines\u2028 more ", "two lines more"),
        ("x" * 1_000_000, "x" * MAX_DETAIL),
        (None, ""),
        (550, ""),
        ({"code": 550}, ""),
    ],
)
def test_a_detail_is_taken_as_far_as_it_can_be_kept(detail: Any, taken: str) -> None:
    assert read(line(detail=detail)) == [Receipt(UUID(KEY), ReceiptKind.DELIVERED, AT, detail=taken)]


@pytest.mark.parametrize(
    ("at", "read_as"),
    [
        ("0001-01-01T00:00:00+14:00", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
        ("9999-12-31T23:59:59-14:00", datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-14)))),
        ("2026-11-02T13:00:00+03:00", AT),
        (AT.timestamp(), AT),
        (int(AT.timestamp() * 1000), AT),
    ],
)
def test_a_time_is_read_however_odd(at: Any, read_as: datetime) -> None:
    (found,) = read(line(at=at))
    assert isinstance(found, Receipt)
    assert found.at == read_as


@pytest.mark.parametrize("kind", sorted(OPT_OUT_RECEIPTS))
@pytest.mark.parametrize(
    "odd",
    [
        {"at": ...},
        {"at": "29.11.2026 10:00"},
        {"at": None},
        {"by_machine": "perhaps"},
        {"address_dead": 7},
        {"detail": ["x"]},
    ],
)
def test_a_no_is_heard_whatever_else_is_wrong(kind: ReceiptKind, odd: dict[str, Any]) -> None:
    (found,) = read(line(kind=kind, **odd))
    assert isinstance(found, Receipt)
    assert (found.kind, found.at) == (kind, ON_ARRIVAL if "at" in odd else AT)


@pytest.mark.parametrize("kind", ["COMPLAINED", " Complained ", "complained\0"])
def test_a_kind_is_read_in_any_case(kind: str) -> None:
    (found,) = read(line(kind=kind))
    assert isinstance(found, Receipt)
    assert found.kind is ReceiptKind.COMPLAINED


def test_a_text_without_an_end_takes_no_time() -> None:
    started = time.monotonic()
    with pytest.raises(Rejected):
        receipt_lines.parse_receipts(b'[{"detail": "' + b'\\"' * 1_000_000)
    assert time.monotonic() - started < 5


ODD = st.sampled_from([*(bad for bad, _ in NO_RECEIPT.values()), "\0", -1, 2**70, 1e308, {}, [], True, "9" * 40])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | ODD
VALUES = st.recursive(SCALARS, lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=5), some))
LINES = st.fixed_dictionaries(
    {},
    optional={
        "key": st.just(KEY) | VALUES,
        "kind": st.sampled_from(list(ReceiptKind)) | VALUES,
        "at": st.just(GOOD["at"]) | st.datetimes().map(lambda at: f"{at.isoformat()}Z") | VALUES,
        "address_dead": VALUES,
        "by_machine": VALUES,
        "detail": VALUES,
        "more": VALUES,
    },
)


@SEEDED
@given(st.lists(LINES | VALUES, max_size=6))
@example([{"key": KEY, "kind": "opened", "at": 10**400}])
def test_whatever_a_line_says_the_others_are_read(lines: list[Any]) -> None:
    mixed = [GOOD, *(line for bad in lines for line in (bad, GOOD))]
    found = receipt_lines.parse_receipts(json.dumps(mixed).encode())
    assert len(found) == len(mixed)
    assert found[::2] == [READ] * (len(lines) + 1)
    for receipt in found:
        assert isinstance(receipt, UnreadableReceipt) or receipt.at.tzinfo is not None
        text = receipt.detail
        assert len(text) <= MAX_DETAIL
        assert "\0" not in text
        text.encode()


@SEEDED
@given(st.binary(max_size=60) | st.text(alphabet='[]{},":\\ 0aé', max_size=60).map(str.encode))
def test_a_body_is_read_or_rejected(body: bytes) -> None:
    for text in (body, b"[" + body + b"]"):
        with suppress(Rejected):
            assert all(
                isinstance(receipt, Receipt | UnreadableReceipt) for receipt in receipt_lines.parse_receipts(text)
            )


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("spamreport", ReceiptKind.COMPLAINED),
        ("SpamComplaint", ReceiptKind.COMPLAINED),
        ("Spam Report", ReceiptKind.COMPLAINED),
        ("complaint", ReceiptKind.COMPLAINED),
        ("group_unsubscribe", ReceiptKind.UNSUBSCRIBED),
        ("Opted-Out", ReceiptKind.UNSUBSCRIBED),
        ("UNSUBSCRIBE", ReceiptKind.UNSUBSCRIBED),
    ],
)
def test_whoever_says_no_is_heard_in_the_words_of_any_provider(word: str, kind: ReceiptKind) -> None:
    (receipt,) = receipt_lines.parse_receipts(json.dumps([line(kind=word)]).encode())
    assert isinstance(receipt, Receipt)
    assert receipt.kind is kind
