"""A date of the customer's own, in the customer's own zone: neither missed nor doubled, whatever changes meanwhile."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kaskad.services.decisions import manual_enrollment
from tests.support.rules import enrollments, published_anew
from tests.support.stack import OpenStack, Stack
from tests.support.written import at_the_door, scan_entrances, written

pytestmark = pytest.mark.anyio

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BIRTHDAY = '{date: customer.birthday, every: year, at: "10:00", feb_29: feb_28, again_after: 330d}'
EXPIRY = (
    '{date: customer.points.next_expiry.at, before: 7d, at: "11:00", again_after: always, '
    "once_per: customer.points.next_expiry.at}"
)
STALE = "steps: [{send: how_was_it, relevant_for: 10h}]\n"


def utc(text: str) -> datetime:
    """An instant, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def born(stack: Stack, user: str, day: str, zone: str | None = "Europe/Moscow", **traits: Any) -> None:
    await stack.identify(user, birthday=day, at=stack.now, **({"timezone": zone} if zone else {}), **traits)


async def whens(stack: Stack, journey: str = "birthday") -> list[datetime]:
    """When each is due, oldest entry first."""
    return [row["due_at"] for row in await enrollments(stack, journey)]


async def through(stack: Stack, until: datetime, journey: str = "birthday", step: timedelta = HOUR) -> None:
    """Runs the journey hour by hour."""
    while stack.now < until:
        await stack.run(journey)
        await stack.at(step)
    await stack.run(journey)


async def sent_at(stack: Stack) -> dict[str, list[str]]:
    """When each was written to, in UTC, by user."""
    rows = await stack.rows(
        """SELECT i.value AS user, m.sent_at FROM message m JOIN identity i USING (customer_id)
            WHERE i.kind = 'user_id' AND m.status = 'sent' ORDER BY m.sent_at, i.value"""
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["user"], []).append(f"{row['sent_at']:%Y-%m-%d %H:%M}")
    return found


async def test_at_ten_on_everybodys_own_clock(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, birthday=BIRTHDAY))
    zones = {"tokyo": "Asia/Tokyo", "moscow": None, "nowhere": "Mars/Base", "york": "America/New_York"}
    for user, zone in zones.items():
        await stack.person(user, "email", birthday="1990-03-04", timezone=zone)
    await stack.person("yearless", "email", birthday="--03-04")
    await stack.person("other", "email", birthday="1990-03-05")
    await stack.person("next", "email", birthday="--03-05")
    await stack.person("silent", "email")
    await through(stack, utc("2027-03-05T06:00"))
    assert await sent_at(stack) == {
        "tokyo": ["2027-03-04 01:00"],
        "moscow": ["2027-03-04 07:00"],
        "nowhere": ["2027-03-04 07:00"],
        "yearless": ["2027-03-04 07:00"],
        "york": ["2027-03-04 15:00"],
    }
    rows = await enrollments(stack, "birthday")
    assert {str(row["entry"]) for row in rows[:4]} == {"{'date': '2027-03-04'}"}


async def test_year_after_year_and_on_the_28th_without_a_29th(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, birthday=BIRTHDAY))
    await stack.at(utc("2027-02-26T00:00"))
    await stack.person("leap", "email", birthday="1992-02-29")
    for year in (2027, 2028, 2029):
        await stack.at(utc(f"{year}-02-26T00:00"))
        await through(stack, utc(f"{year}-03-02T00:00"), step=6 * HOUR)
    assert await sent_at(stack) == {"leap": ["2027-02-28 12:00", "2028-02-29 12:00", "2029-02-28 12:00"]}


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        ("03-28", "02:30", "2027-03-28T01:30"),
        ("10-31", "02:30", "2027-10-31T00:30"),
        ("10-31", "03:00", "2027-10-31T02:00"),
    ],
)
async def test_when_clocks_change(day: str, at: str, moment: str, tmp_path: Path, open_stack: OpenStack) -> None:
    enter = BIRTHDAY.replace("10:00", at)
    stack = await open_stack(edit=written(tmp_path, birthday=enter))
    await stack.at(utc(f"2027-{day}T00:00") - 12 * HOUR)
    await born(stack, "anna", f"1990-{day}", "Europe/Berlin")
    await scan_entrances(stack)
    assert await whens(stack) == [utc(moment)]


async def test_looked_at_again_and_by_many_it_is_the_same(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, birthday=BIRTHDAY))
    people = [f"p{number}" for number in range(9)]
    for person in people:
        await born(stack, person, "1990-03-03")
    for _ in range(30):
        await asyncio.gather(*(scan_entrances(stack, chunk=2) for _ in range(3)))
        await stack.at(HOUR)
        await stack.decide("birthday")
    assert sorted(await at_the_door(stack, "birthday")) == people


async def test_who_appears_between_two_looks_is_not_missed(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, birthday=BIRTHDAY, more=STALE))
    await stack.run("birthday")
    await stack.at(utc("2027-03-03T06:50"))
    await stack.run("birthday")
    await stack.at(timedelta(minutes=5))
    await stack.person("anna", "email", birthday="1990-03-03")  # five minutes before ten
    await stack.person("late", "email", birthday="1990-03-02")  # yesterday
    await through(stack, utc("2027-03-03T12:00"), step=timedelta(minutes=20))
    assert await sent_at(stack) == {"anna": ["2027-03-03 07:55"]}
    assert await at_the_door(stack, "birthday") == ["anna"], "what is a day old lets nobody in"


async def test_who_moves_to_the_west_hears_at_ten_there(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, birthday=BIRTHDAY))
    await stack.person("anna", "email", birthday="1990-03-03")
    await through(stack, utc("2027-03-03T06:00"))
    await born(stack, "anna", "1990-03-03", "Europe/Lisbon")
    await through(stack, utc("2027-03-05T00:00"))
    assert await sent_at(stack) == {"anna": ["2027-03-03 10:00"]}


async def test_who_moves_to_the_east_hears_at_once_where_ten_is_over(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, birthday=BIRTHDAY))
    await stack.person("anna", "email", birthday="1990-03-03")
    await through(stack, utc("2027-03-02T22:00"))
    await born(stack, "anna", "1990-03-03", "Asia/Vladivostok")  # ten is at midnight in UTC
    await through(stack, utc("2027-03-05T00:00"))
    assert await sent_at(stack) == {"anna": ["2027-03-03 00:00"]}


async def test_who_was_written_to_and_moves_is_not_written_to_again(tmp_path: Path, open_stack: OpenStack) -> None:
    expiry = "2027-03-10T22:00:00Z"  # the 11th in Moscow, the 10th in Lisbon
    edit = written(tmp_path, points=EXPIRY)
    stack = await open_stack(edit=edit)
    await stack.person("anna", "email", points={"next_expiry": {"at": expiry, "amount": 300}})
    await through(stack, utc("2027-03-04T09:00"), "points")
    assert await sent_at(stack) == {"anna": ["2027-03-04 08:00"]}
    await stack.identify("anna", timezone="Europe/Lisbon", at=stack.now)
    await through(stack, utc("2027-03-06T00:00"), "points")
    assert await sent_at(stack) == {"anna": ["2027-03-04 08:00"]}


async def test_a_date_that_was_changed_does_not_send(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, birthday=BIRTHDAY))
    await stack.person("anna", "email", birthday="1990-03-03")
    await stack.person("boris", "email", birthday="1990-03-03")
    await scan_entrances(stack)
    await stack.at(HOUR)
    await born(stack, "anna", "1990-03-05")
    await stack.identify("boris", birthday=None)
    await through(stack, utc("2027-03-06T00:00"))
    assert await sent_at(stack) == {"anna": ["2027-03-05 07:00"]}
    refused = [row["reason"] for row in await enrollments(stack, "birthday") if row["status"] == "refused"]
    assert refused == ["date_changed"] * 2


async def test_points_that_expire_are_told_of_a_week_before_and_once_for_each_date(
    tmp_path: Path, open_stack: OpenStack
) -> None:
    more = "only_while: [{customer.points.next_expiry.amount: {at_least: 100}}]\n" + STALE
    stack = await open_stack(edit=written(tmp_path, points=EXPIRY, more=more))
    for user, amount in (("anna", 300), ("boris", 50)):
        points = {"next_expiry": {"at": "2027-03-11T00:00:00+03:00", "amount": amount}}
        await stack.person(user, "email", points=points)
    await through(stack, utc("2027-03-05T00:00"), "points")
    assert await sent_at(stack) == {"anna": ["2027-03-04 08:00"]}
    points = {"next_expiry": {"at": "2027-03-13T00:00:00+03:00", "amount": 200}}
    await stack.identify("anna", points=points, at=stack.now)
    await through(stack, utc("2027-03-07T00:00"), "points")
    assert await sent_at(stack) == {"anna": ["2027-03-04 08:00", "2027-03-06 08:00"]}


async def test_what_was_before_the_journey_lets_nobody_in(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, birthday=BIRTHDAY))
    await born(stack, "anna", "1990-03-02")  # ten was two hours ago
    journey = stack.project.journeys["birthday"]
    await published_anew(stack)
    await scan_entrances(stack)
    await published_anew(stack, journey.model_copy(update={"name": "new"}))
    assert await scan_entrances(stack) == 0
    assert await at_the_door(stack, "new") == []


async def test_after_an_outage_a_day_is_made_up_for(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, birthday=BIRTHDAY))
    await born(stack, "today", "1990-03-09")
    await born(stack, "before", "1990-03-07")
    await scan_entrances(stack)
    await stack.at(utc("2027-03-09T12:00"))
    await scan_entrances(stack)
    assert await at_the_door(stack, "birthday") == ["today"]


async def test_by_name_the_date_does_not_matter(tmp_path: Path, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=written(tmp_path, birthday=BIRTHDAY))
    await stack.person("anna", "email")
    await manual_enrollment.enroll(stack.runtime, "birthday", "anna")
    await stack.run("birthday")
    assert len(stack.reached) == 1
