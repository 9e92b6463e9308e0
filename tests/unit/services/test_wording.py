"""Times, lengths, places and lists in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kaskad.domain.duration import Duration
from kaskad.services import wording

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)  # 12:00 in Moscow


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (Duration(seconds=3600), "an hour"),
        (Duration(seconds=30 * 3600), "30 hours"),
        (Duration(seconds=7 * 86_400), "7 days"),
        (Duration(seconds=86_400), "a day"),
        (Duration(seconds=5400), "90 minutes"),
        (Duration(seconds=1), "a second"),
        (Duration(days=1), "a calendar day"),
        (Duration(days=2, seconds=3600), "2 calendar days and an hour"),
        (Duration(), "no time"),
    ],
)
def test_a_duration_is_said_in_its_largest_whole_unit(length: Duration, words: str) -> None:
    assert wording.format_duration(length) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=35), "35 minutes"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=5, minutes=10), "5 hours"),
        (timedelta(days=3, hours=2), "3 days"),
        (timedelta(seconds=1), "a second"),
        (timedelta(0), "0 seconds"),
    ],
)
def test_a_span_is_rounded_as_people_do(length: timedelta, words: str) -> None:
    assert wording.format_rough_length(length) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOON + timedelta(minutes=40), "12:40"),
        (NOON + timedelta(hours=13), "Wed 3 Mar 01:00"),
        (NOON - timedelta(days=365), "Mon 2 Mar 2026 12:00"),
    ],
)
def test_a_moment_stands_on_the_customers_own_clock(at: datetime, words: str) -> None:
    assert wording.format_time(at, MOSCOW, NOON) == words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("store, Lenina 5", "in the store (Lenina 5)"),
        ("app", "in the app"),
        ("call_centre", "by telephone"),
        ("kiosk", "at kiosk"),
        ("", ""),
    ],
)
def test_places(said: str, words: str) -> None:
    assert wording.place_phrase(said) == words


def test_lists() -> None:
    assert [wording.join_words(list("abc"[:count])) for count in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_an_event_without_words_of_its_own_keeps_its_name() -> None:
    assert (wording.event_phrase("order_completed"), wording.event_phrase("meeting_booked")) == (
        "bought",
        "'meeting booked'",
    )
