"""Time zones as sources write them, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest

from kaskad.domain.values.zones import read_zone

READ: list[tuple[str, str]] = [
    ("Asia/Vladivostok", "Asia/Vladivostok"),
    ("asia/vladivostok", "Asia/Vladivostok"),
    ("Asia/Vladivostok ", "Asia/Vladivostok"),
    ("\N{ZERO WIDTH NO-BREAK SPACE}EUROPE/MOSCOW", "Europe/Moscow"),
    ("America/New York", "America/New_York"),
    ("Vladivostok Standard Time", "Asia/Vladivostok"),
    ("russian standard time", "Europe/Moscow"),
    ("Ekaterinburg Standard Time", "Asia/Yekaterinburg"),
    ("MSK", "Europe/Moscow"),
    ("utc", "UTC"),
    ("GMT+0", "GMT+0"),
    ("Etc/GMT-10", "Etc/GMT-10"),
]
OFFSETS: list[tuple[str, int]] = [
    *((said, 600) for said in ("UTC+10", "GMT+10", "+10:00", "+1000", "+10", "utc + 10", "МСК+7", "MSK+7")),
    *((said, 600) for said in ("(UTC+10:00) Vladivostok", "GMT+1000 (Vladivostok Standard Time)")),
    *((said, -300) for said in ("UTC-5", "-05:00", "GMT\N{MINUS SIGN}5", "-0500")),
    *(("+05:30", 330), ("UTC+5:45", 345), ("GMT+0930", 570), ("UTC+14", 840), ("UTC-12", -720), ("+00:00", 0)),
]
NONE: list[Any] = [
    *("undefined", "null", "Moscow time", "Etc/Unknown", "localtime", "Factory", "Local", "10", "600", "-600", "-180"),
    *("UTC+15", "+99:00", "+10:75", "+02:17", "UTC+10 or so", "GMT later", "Europe/Nowhere", "../etc/passwd", "Asia"),
    *("", " ", "+", "()", "x" * 1_000, "\0", 10, -600, None, True, {}, ["Europe/Moscow"]),
]


@pytest.mark.parametrize(("said", "zone"), READ)
def test_a_zone_is_read_however_it_is_written(said: str, zone: str) -> None:
    assert read_zone(said) == zone


@pytest.mark.parametrize(("said", "minutes"), OFFSETS)
def test_an_offset_is_a_zone_that_keeps_it_all_the_year(said: str, minutes: int) -> None:
    zone = ZoneInfo(read_zone(said) or "")
    for month in range(1, 13):
        assert datetime(2027, month, 15, tzinfo=UTC).astimezone(zone).utcoffset() == timedelta(minutes=minutes)


@pytest.mark.parametrize("said", NONE, ids=lambda said: repr(said)[:30])
def test_what_is_no_zone_is_not_guessed(said: Any) -> None:
    assert read_zone(said) is None


def test_every_zone_that_there_is_is_itself() -> None:
    assert all(read_zone(zone) == zone for zone in available_timezones() - {"Factory", "localtime"})
