"""Times and dates as sources write them, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kaskad.domain.values import instants
from kaskad.domain.values.dialect import Dialect, Formats
from kaskad.domain.values.instants import format_instant, is_format, read_date, read_instant

TILLS = Dialect(
    formats=Formats(time=("DD.MM.YYYY HH:mm", "MMM D, YYYY hh:mm A"), date=("DD.MM.YYYY",)),
    zone="Europe/Moscow",
    shop_zone="Europe/Moscow",
)
TEN = datetime(2026, 11, 29, 10, tzinfo=UTC)
SAME_INSTANT: list[Any] = [
    "2026-11-29T10:00:00Z",
    "2026-11-29T10:00:00z",
    "2026-11-29T13:00:00+03:00",
    "2026-11-29T13:00:00+0300",
    "2026-11-29 13:00:00+03",
    "2026-11-29 10:00:00 UTC",
    " 2026-11-29 10:00 ",
    1_795_946_400,
    1_795_946_400.0,
    "1795946400",
    1_795_946_400_000,
    "1795946400000",
    1_795_946_400_000_000,
    "29.11.2026 13:00",
    "Nov 29, 2026 01:00 PM",
]
NO_INSTANT: list[Any] = [
    "29.11.2026 13:00:00",
    "29.11.2026 25:00",
    "9.11.2026 13:00",
    "29/11/2026 13:00",
    "31.02.2026 13:00",
    "11-29-2026",
    "2027-02-30T00:00:00Z",
    "soon",
    "",
    " ",
    "1e9",
    5,
    0,
    -1,
    20_261_129,
    20_261_129_100_000,
    202_611_291_000,
    "202611291000",
    1.8e18,
    float("nan"),
    float("inf"),
    10**400,
    10**5_000,
    True,
    None,
    [],
    {},
    "1" * 5_000,
    "1969-12-31T23:59:59Z",
    "2200-01-02T00:00:00Z",
]


@pytest.mark.parametrize("said", SAME_INSTANT, ids=repr)
def test_one_instant_in_many_words(said: Any) -> None:
    at = read_instant(said, TILLS)
    assert at == TEN
    assert (type(at), at.tzinfo) == (datetime, UTC)


@pytest.mark.parametrize(
    "said", NO_INSTANT, ids=lambda said: f"{said!r:.40}" if isinstance(said, str) else type(said).__name__
)
def test_what_names_no_instant_is_not_guessed(said: Any) -> None:
    assert read_instant(said, TILLS) is None
    assert read_instant(said) is None


def test_formats_are_the_own_ones_of_their_source() -> None:
    assert read_instant("29.11.2026 13:00") is None
    assert read_instant("29.11.2026 13:00", Dialect()) is None


def test_the_own_format_comes_before_iso_and_is_in_the_own_zone() -> None:
    local = Dialect(formats=Formats(time=("YYYY-MM-DD HH:mm",)), zone="Asia/Yekaterinburg")
    assert read_instant("2026-11-29 15:00", local) == TEN
    assert read_instant("2026-11-29T10:00", local) == TEN, "another format is ISO, and in UTC"


def test_both_ways_of_reading_a_format_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    formats = ("DD.MM.YYYY HH:mm", "YYYY-MM-DD HH:mm:ss", "YYYYMMDD", "DD/MM/YYYY", "HH:mm, MM-DD-YYYY")
    texts = ["29.11.2026 13:00", "2026-11-29 13:00:59", "20261129", "29/11/2026", "13:00, 11-29-2026"]
    odd = ["29.11.2026 24:00", "29.11.26 13:00", "9.1.2026 1:00", "29.11.2026  13:00", "2026-11-29", "31/02/2026", "%d"]
    local = Dialect(formats=Formats(time=formats), zone="Europe/Berlin")
    fast = [(read_instant(text, local), read_date(text, local)) for text in texts + odd]
    monkeypatch.setattr(instants, "_plain_format", lambda text: None)
    assert fast == [(read_instant(text, local), read_date(text, local)) for text in texts + odd]
    assert all(at for at, _ in fast[: len(texts)])


def test_the_canonical_text_is_read_as_the_same_instant() -> None:
    for said in ("2026-11-29T10:00:00Z", "2026-11-29T10:00:00.123000Z"):
        at = read_instant(said)
        assert at is not None
        assert format_instant(at) == said


DAYS: dict[Any, str | None] = {
    "1990-03-04": "1990-03-04",
    "19900304": "1990-03-04",
    "04.03.1990": "1990-03-04",
    "--03-04": "--03-04",
    "--0304": "--03-04",
    "--02-29": "--02-29",
    "1990-03-04T00:00:00": "1990-03-04",
    "1990-03-04 23:59": "1990-03-04",
    "04.03.1990 23:30": "1990-03-04",
    "1990-03-03T21:00:00Z": "1990-03-04",
    "1990-03-03T21:00:00.000Z": "1990-03-04",
    "1952-03-04T00:00:00+04:00": "1952-03-03",
    636_498_000: "1990-03-04",
    636_498_000_000: "1990-03-04",
    199_003_041_200: None,
    -636_498_000: "1949-10-31",
    "4.3.1990": None,
    "03/04/1990": None,
    "1990-02-30": None,
    "--02-30": None,
    "--13-01": None,
    "1990": None,
    "0001-01-01": None,
    "9999-12-31": None,
    "in spring": None,
    "": None,
    5: None,
}


@pytest.mark.parametrize(("said", "day"), DAYS.items(), ids=repr)
def test_days_are_read_whatever_tells_them(said: Any, day: str | None) -> None:
    assert read_date(said, TILLS) == day


def test_the_day_of_an_instant_is_the_customers_own() -> None:
    at = "2027-03-03T22:30:00Z"
    assert read_date(at, TILLS) == "2027-03-04"
    assert read_date(at, TILLS, "Asia/Yekaterinburg") == "2027-03-04"
    assert read_date(at, TILLS, "America/New_York") == "2027-03-03"
    for nowhere in ("Nowhere/City", "../etc/passwd", "", "A" * 300):
        assert read_date(at, TILLS, nowhere) == "2027-03-04", "then it is the shop's"
    assert read_date("2027-03-03", TILLS, "America/New_York") == "2027-03-03", "a day is the same everywhere"
    for extreme in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        assert read_date(extreme, TILLS) is None


def test_formats_name_all_that_is_needed() -> None:
    for time in ("DD.MM.YYYY HH:mm", "YYYY-MM-DD HH:mm:ss", "D/M/YYYY H:mm", "MMM D, YYYY hh:mm A"):
        assert is_format(time, of_day=False), time
    for no_time in ("DD.MM HH:mm", "DD.MM.YYYY", "hh:mm DD.MM.YYYY", "MM.YYYY HH:mm", "yesterday", "%d.%m.%Y %H:%M"):
        assert not is_format(no_time, of_day=False), no_time
    for day in ("DD.MM.YYYY", "YYYYMMDD", "D MMMM YYYY"):
        assert is_format(day, of_day=True), day
    for no_day in ("DD.MM", "MM.YYYY", "day", ""):
        assert not is_format(no_day, of_day=True), no_day
