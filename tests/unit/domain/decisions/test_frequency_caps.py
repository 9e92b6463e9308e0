"""Caps: how many messages one customer gets in a day and in seven days, and what happens to what is too much."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaskad.domain.decisions.facts import Touch
from kaskad.domain.decisions.send_policy import Allow, Defer, Refuse, check_caps
from kaskad.domain.journeys.policy import Cap
from kaskad.domain.outcome import Reason
from tests.support.engine.builders import NOW, PROPERTY, UTC_ZONE, person

TODAY = date(2026, 6, 10)


def touches(*days_ago: int, topic: str | None = "carts", sender: str = "shop") -> tuple[Touch, ...]:
    return tuple(Touch(TODAY - timedelta(days=days), topic, sender) for days in days_ago)


def judged(caps: list[Cap], *touched: Touch, zone: ZoneInfo = UTC_ZONE, now: datetime = NOW) -> Any:
    """What the caps say to one more message about carts from the shop."""
    return check_caps(caps, person(touches=touched, zone=zone), now, topic="carts", sender="shop")


def day(at_most: int, **more: Any) -> Cap:
    return Cap(at_most=at_most, per="day", **more)


def week(at_most: int, **more: Any) -> Cap:
    return Cap(at_most=at_most, per="week", **more)


def midnight(in_days: int) -> Defer:
    return Defer(datetime(2026, 6, 10, tzinfo=UTC) + timedelta(days=in_days), Reason.CAP)


FULL = Refuse(Reason.CAP)
ROWS: dict[str, tuple[list[Cap], tuple[Touch, ...], Any]] = {
    "no cap": ([], touches(0, 0, 0), Allow()),
    "nothing yet": ([day(1)], (), Allow()),
    "room for one more": ([day(2)], touches(0), Allow()),
    "a full day waits for the next": ([day(2)], touches(0, 0), midnight(1)),
    "yesterday is another day": ([day(1)], touches(1, 1, 1), Allow()),
    "six days ago is this week": ([week(1)], touches(6), midnight(1)),
    "seven days ago is not": ([week(1)], touches(7), Allow()),
    "a full week waits until the oldest leaves it": ([week(2)], touches(5, 2), midnight(2)),
    "in whatever order they stand": ([week(2)], touches(2, 5), midnight(2)),
    "over full, as many have to leave as make room": ([week(2)], touches(6, 4, 3), midnight(3)),
    "skip": ([day(1, over="skip")], touches(0), FULL),
    "skip, with room": ([day(1, over="skip")], touches(1), Allow()),
    "at most none, even where it says wait": ([day(0)], (), FULL),
    "of this topic": ([day(1, topic="carts")], touches(0), midnight(1)),
    "another topic's cap": ([day(0, topic="news")], touches(0, topic="news"), Allow()),
    "only this topic counts in its cap": ([day(1, topic="carts")], touches(0, topic="news"), Allow()),
    "every topic counts in a general cap": ([day(1)], touches(0, topic="news"), midnight(1)),
    "each sender has its own, where that is said": ([day(1, each="sender")], touches(0, sender="other"), Allow()),
    "across senders, where nothing is said": ([day(1)], touches(0, sender="other"), midnight(1)),
    "of this topic across senders": (
        [week(1, topic="carts", over="skip")],
        touches(3, sender="other"),
        FULL,
    ),
    "the longest wait of several": ([day(1), week(1)], touches(0), midnight(7)),
    "skip goes before wait": ([day(1), week(1, over="skip")], touches(0), FULL),
    "the one that is not full says nothing": ([day(1), week(2)], touches(0), midnight(1)),
}


@pytest.mark.parametrize(("caps", "touched", "expected"), ROWS.values(), ids=ROWS)
def test_what_the_caps_say(caps: list[Cap], touched: tuple[Touch, ...], expected: Any) -> None:
    assert judged(caps, *touched) == expected


def test_the_day_is_the_customers_own() -> None:
    evening = datetime(2026, 6, 10, 22, 30, tzinfo=UTC)
    auckland = ZoneInfo("Pacific/Auckland")  # half past ten in the morning of the eleventh
    assert judged([day(1)], *touches(0), zone=auckland, now=evening) == Allow()
    assert judged([day(1)], *touches(-1), zone=auckland, now=evening) == Defer(
        datetime(2026, 6, 11, 12, 0, tzinfo=UTC), Reason.CAP
    )


def test_the_next_day_begins_after_the_gap_where_it_has_no_midnight() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # on 24 April 2026 midnight is one o'clock
    touched = Touch(date(2026, 4, 23), "carts", "shop")
    waiting = judged([day(1)], touched, zone=cairo, now=datetime(2026, 4, 23, 12, tzinfo=UTC))
    assert waiting == Defer(datetime(2026, 4, 23, 22, 0, tzinfo=UTC), Reason.CAP)


all_caps = st.builds(
    Cap,
    at_most=st.integers(1, 3),
    per=st.sampled_from(["day", "week"]),
    topic=st.sampled_from([None, "carts", "news"]),
    each=st.sampled_from([None, "sender"]),
)
all_touches = st.builds(
    Touch,
    st.integers(0, 8).map(lambda days: TODAY - timedelta(days=days)),
    st.sampled_from([None, "carts", "news"]),
    st.sampled_from(["shop", "other"]),
)


@PROPERTY
@given(st.lists(all_caps, max_size=3), st.lists(all_touches, max_size=8))
def test_when_the_wait_is_over_it_goes_and_not_before(caps: list[Cap], touched: list[Touch]) -> None:
    verdict = judged(caps, *touched)
    assert not isinstance(verdict, Refuse)
    if isinstance(verdict, Defer):
        assert verdict.until > NOW
        assert judged(caps, *touched, now=verdict.until) == Allow()
        assert judged(caps, *touched, now=verdict.until - timedelta(seconds=1)) == verdict


@pytest.mark.parametrize(
    ("stored", "each"),
    [
        ({"across": None}, "sender"),
        ({"across": "senders"}, None),
        ({"each": None}, None),
        ({"each": "sender"}, "sender"),
    ],
)
def test_what_was_published_goes_on_meaning_what_it_did(stored: dict[str, Any], each: str | None) -> None:
    """Once a cap counted each sender alone unless it said `across`: decisions of then are made again by that."""
    cap = Cap.model_validate({"at_most": 1, "per": "day", "topic": None, "over": "wait", **stored})
    assert cap.each == each
    assert Cap.model_validate(cap.model_dump(mode="json", by_alias=True)) == cap
