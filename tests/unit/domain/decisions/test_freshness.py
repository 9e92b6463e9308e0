"""When a source is too old to decide on: silence counts in its opening hours alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kaskad.domain.decisions.freshness import is_stale
from kaskad.domain.journeys.journey import Window
from tests.support.engine.builders import BERLIN, UTC_ZONE, window

SHOP, BAR, ALWAYS = window("09:00", "22:00"), window("18:00", "02:00"), None
LIMIT = timedelta(minutes=30)
ROWS: list[tuple[Window | None, str, str | None, bool]] = [
    # hours, now, last heard, stale?
    (ALWAYS, "10 12:00", "10 11:45", False),
    (ALWAYS, "10 12:00", "10 11:30", False),
    (ALWAYS, "10 12:00", "10 11:29", True),
    (ALWAYS, "10 12:00", None, True),
    (ALWAYS, "10 03:00", "09 22:00", True),
    (SHOP, "10 12:00", "10 11:29", True),
    (SHOP, "10 12:00", "10 11:31", False),
    (SHOP, "10 12:00", None, True),
    (SHOP, "10 08:59", "09 21:59", False),  # closed: nobody is late
    (SHOP, "10 22:00", "10 12:00", False),
    (SHOP, "10 09:05", "09 21:59", False),  # just opened
    (SHOP, "10 09:40", "09 21:59", True),
    (SHOP, "10 09:40", "10 09:20", False),
    (SHOP, "10 21:59", "10 21:00", True),
    (BAR, "10 19:00", "10 01:59", True),
    (BAR, "10 18:10", "10 01:59", False),
    (BAR, "11 00:10", "10 23:00", True),  # after midnight it is still the evening's opening
    (BAR, "11 00:10", "10 23:50", False),
    (BAR, "11 01:59", None, True),
    (BAR, "11 02:00", None, False),
]


def moment(text: str, zone: ZoneInfo = UTC_ZONE) -> datetime:
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-06-{day}T{clock}").replace(tzinfo=zone)


@pytest.mark.parametrize("zone", [UTC_ZONE, BERLIN, ZoneInfo("Asia/Kolkata")], ids=str)
@pytest.mark.parametrize(("open_", "now", "heard", "stale"), ROWS)
def test_is_stale(open_: Window | None, now: str, heard: str | None, stale: bool, zone: ZoneInfo) -> None:
    last_heard = moment(heard, zone) if heard else None
    assert is_stale(last_heard, LIMIT, open_, zone=zone, now=moment(now, zone)) is stale


# fresh_data longer than the opening hours never holds; a store open round the clock is "just opened" each midnight
@pytest.mark.parametrize(
    ("hours_", "limit", "now"),
    [
        (window("09:00", "22:00"), timedelta(days=1), datetime(2026, 6, 10, 12, tzinfo=UTC)),
        (window("00:00", "00:00"), timedelta(minutes=30), datetime(2026, 6, 10, 0, 10, tzinfo=UTC)),
    ],
)
def test_a_source_dead_for_a_month_is_stale(hours_: Window, limit: timedelta, now: datetime) -> None:
    assert is_stale(now - timedelta(days=30), limit, hours_, zone=UTC_ZONE, now=now)
