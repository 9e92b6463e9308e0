"""What is to go out in the next days: from people inside, from what is queued, from dates and schedules."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from kaskad.domain.journeys.condition import Compare, Op, ValueType
from kaskad.domain.journeys.entry_trigger import DateTrigger, EntryTrigger, ScheduleTrigger
from kaskad.domain.journeys.project import Project
from kaskad.services.explaining.explain import explain
from kaskad.services.inspect.send_calendar import build_calendar
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
ForecastHour = tuple[str, str, str, str, int, int]


async def forecast_hours(stack: Stack, journey: str, days: int = 14) -> list[ForecastHour]:
    """(day and hour, message, channel, …) of the journey's hours, with how many surely and how many perhaps."""
    made = await build_calendar(stack.runtime, days)
    return [
        (f"{hour.day:%d.%m.}", f"{hour.hour:02}", hour.message, hour.channel, hour.people, hour.perhaps)
        for hour in made.hours
        if hour.journey == journey
    ]


async def test_those_who_wait_are_told_for_when_the_wait_ends(stack: Stack) -> None:
    for user, channels in (("anna", ["email"]), ("kolya", ["push", "email"]), ("gleb", ["email"])):
        await stack.person(user, *channels)
        await stack.track(user, "Order Completed", order_id=f"o-{user}", total=900, place="store")
    await stack.person("boris", "email", consent=False)
    await stack.track("boris", "Order Completed", order_id="o-boris", total=900, place="store")
    await stack.run("thank_you")
    assert await forecast_hours(stack, "thank_you") == [
        ("02.03.", "13", "how_was_it", "email", 2, 0),
        ("02.03.", "13", "how_was_it", "push", 1, 0),
    ], "nothing to who has not consented"
    # What comes out is what was told.
    await stack.at(timedelta(hours=1))
    await stack.run("thank_you")
    assert sorted(channel for channel, _ in stack.sent()) == ["email", "email", "push"]


async def test_who_was_written_to_may_hear_by_the_next_channel(stack: Stack) -> None:
    await stack.person("anna", "push", "email")
    await stack.cart("anna")
    await stack.at(timedelta(hours=1))
    assert ("02.03.", "13", "cart_reminder", "push", 0, 1) in await forecast_hours(stack, "abandoned_cart"), (
        "at the door"
    )
    await stack.tills()
    await stack.run("abandoned_cart")
    found = await forecast_hours(stack, "abandoned_cart")
    assert found[0] == ("02.03.", "15", "cart_reminder", "email", 0, 1)
    assert ("05.03.", "12", "cart_last_reminder", "push", 0, 1) in found
    assert await forecast_hours(stack, "abandoned_cart", days=1) == found[:1]


@pytest.mark.parametrize(("quiet", "day"), [({"days": 1}, 3), ({"days": 9}, 11), ({"seconds": 86_400}, 3)], ids=str)
async def test_who_is_at_the_door_is_told_for_the_end_of_the_silence(
    quiet: dict[str, int], day: int, open_stack: OpenStack
) -> None:
    """Days are days of the customer's clock: a first look comes up to three hours earlier, and lets nobody in."""
    letter = event_journey("letter", "app_opened", enter={"quiet_for": quiet})
    stack = await open_stack(edit=with_journeys(letter))
    await stack.person("anna", "email")
    await stack.track("anna", "app_opened")
    for _ in range(2):  # before the first look, and after it
        assert await forecast_hours(stack, "letter") == [(f"{day:02}.03.", "12", "how_was_it", "email", 0, 1)]
        [passage] = (await explain(stack.runtime, "anna", "letter")).passages
        assert passage.summary.endswith("12:00.")
        await stack.at(NOON + timedelta(days=day - 2, hours=-1))
        await stack.run("letter")
        assert stack.sent() == []
    await stack.at(NOON + timedelta(days=day - 2))
    await stack.run("letter")
    assert [channel for channel, _ in stack.sent()] == ["email"]


async def test_what_is_queued_is_told_once(stack: Stack) -> None:
    await stack.person("anna", "push")
    await stack.cart("anna")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.decide("abandoned_cart")
    assert [row for row in await forecast_hours(stack, "abandoned_cart") if row[2] == "cart_reminder"] == [
        ("02.03.", "13", "cart_reminder", "push", 1, 0)
    ]


async def test_what_is_held_until_the_morning_is_told_for_the_morning(stack: Stack) -> None:
    await stack.person("anna", "push")
    await stack.at(timedelta(hours=8, minutes=30))  # 20:30
    await stack.cart("anna")
    await stack.at(timedelta(hours=1))
    await stack.tills()
    await stack.run("abandoned_cart")
    assert (await forecast_hours(stack, "abandoned_cart"))[0] == ("03.03.", "09", "cart_reminder", "push", 1, 0)


def entered_by(enter: EntryTrigger) -> Any:
    """The shop with `thank_you` entered in another way."""

    def edit(project: Project) -> Project:
        steps = project.journeys["thank_you"].steps[1:]
        journey = project.journeys["thank_you"].model_copy(update={"enter": enter, "leave": (), "steps": steps})
        return project.model_copy(update={"journeys": {**project.journeys, "thank_you": journey}})

    return edit


BIRTHDAY = DateTrigger(date="customer.birthday", every="year", at=time(10), again_after="always")
LOVES = (Compare(path="customer.city", op=Op.IS, value="Omsk", type=ValueType.TEXT),)
EACH_MONDAY = ScheduleTrigger(
    cron="0 10 * * 1", zone="Europe/Moscow", segment="omsk", where=LOVES, again_after="always"
)


async def test_birthdays_of_the_next_days(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=entered_by(BIRTHDAY))
    await stack.person("anna", "email", birthday="1990-03-05")
    await stack.person("kolya", "push", birthday="2001-03-05", timezone="Asia/Yekaterinburg")
    await stack.person("gleb", "push", birthday="2001-05-05")
    await stack.person("dina", "push", birthday="no date")
    assert await forecast_hours(stack, "thank_you") == [
        ("05.03.", "08", "how_was_it", "push", 0, 1),  # ten o'clock in Yekaterinburg
        ("05.03.", "10", "how_was_it", "email", 0, 1),
    ]


async def test_a_schedule_tells_of_those_in_the_segment_now(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=entered_by(EACH_MONDAY))
    await stack.person("anna", "email", city="Omsk")
    await stack.person("kolya", "push", city="Perm")
    assert await forecast_hours(stack, "thank_you") == [
        (day, "10", "how_was_it", "email", 0, 1) for day in ("08.03.", "15.03.")
    ]


async def test_what_cannot_be_known_is_said(stack: Stack) -> None:
    await stack.person("anna", "email")
    await stack.track("anna", "Order Completed", order_id="o1", total=900, place="store")
    await stack.run("thank_you")
    made = await build_calendar(stack.runtime, 14)
    assert (made.since, made.until, made.zone.key) == (NOON, NOON + timedelta(days=14), "Europe/Moscow")
    assert any(line.startswith("thank_you: when a customer has bought") for line in made.unknown)
    assert "(1 came in the last 7 days)." in "".join(made.unknown)
    assert made.unknown[-1].startswith("What customers do next cannot be known")
    assert made.hours[0].latest == datetime(2027, 3, 2, 10, 0, tzinfo=UTC)
