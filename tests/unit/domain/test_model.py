"""Lengths of time, and what every model has in common."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kaskad.domain.duration import Duration
from tests.support.engine.builders import NOW, PROPERTY, UTC_ZONE

lengths = st.builds(Duration, seconds=st.integers(0, 10**7), days=st.integers(0, 400))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
cities = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"])


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (Duration(), timedelta(0)),
        (Duration(seconds=90), timedelta(seconds=90)),
        (Duration(days=2), timedelta(days=2)),
        (Duration(days=2, seconds=60), timedelta(days=2, minutes=1)),
    ],
)
def test_where_no_clock_changes_a_day_is_24_hours(length: Duration, expected: timedelta) -> None:
    assert length.after(NOW, UTC_ZONE) == NOW + expected


@PROPERTY
@given(lengths, instants, cities)
def test_never_backwards_and_never_longer_than_its_bound(length: Duration, start: datetime, city: str) -> None:
    end = length.after(start, ZoneInfo(city))
    assert start <= end <= start + length.longest
    assert length.after(start.astimezone(ZoneInfo("Asia/Tokyo")), ZoneInfo(city)) == end


@pytest.mark.parametrize("wrong", [{"seconds": -1}, {"days": -1}, {"hours": 1}])
def test_what_is_no_length(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Duration(**wrong)


def test_a_value_is_frozen_and_equal_by_content() -> None:
    assert Duration(seconds=60) == Duration(seconds=60)
    assert len({Duration(seconds=60), Duration(seconds=60)}) == 1
    with pytest.raises(ValidationError):
        Duration().seconds = 1
