"""What sources say of customers stands by its time, outlives its event, and is known with who said it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from kaskad.domain.journeys.project import Project
from kaskad.services.operations import personal_data, retention
from kaskad.services.simulation.recorded_history import RecordedHistory, load_history
from kaskad.services.simulation.recording_providers import USUAL_RATES, SimulatedAnswers
from kaskad.services.simulation.run import Scenario, run_scenario
from kaskad.services.simulation.runtime import open_runtime
from tests.support.past_months import without_months
from tests.support.personal import found
from tests.support.postgres import cloned
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import NOON, OpenStack, Stack

pytestmark = pytest.mark.anyio
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SETTING = event_journey(
    "setting",
    "app_opened",
    steps=[{"kind": "set", "assignments": [{"attribute": "loyalty_level", "type": "text", "value": "gold"}]}],
)
ORIGINS = "SELECT a.name, a.value, a.source FROM attribute a JOIN identity i USING (customer_id) WHERE i.value = 'anna'"


async def say(stack: Stack, source: str, at: datetime, id_: str, user: str = "anna", **traits: Any) -> None:
    """One `identify` of that source."""
    await stack.post(source, [stack.call({"type": "identify", "traits": traits}, user, id_, at)])


async def profile(stack: Stack, user: str = "anna") -> dict[str, Any]:
    (row,) = await stack.rows(
        "SELECT attributes FROM customer c JOIN identity i ON i.customer_id = c.id WHERE i.value = %(user)s", user=user
    )
    known: dict[str, Any] = row["attributes"]
    return known


async def without_old_events(stack: Stack) -> None:
    """All events of the first day go, as retention lets them go, and everything that repeats are known by."""
    await stack.at(NOON + 440 * DAY)
    await retention.create_partitions(stack.runtime)
    await retention.delete_expired(stack.runtime)
    assert await stack.rows("SELECT id FROM event") == []


async def test_what_was_said_outlives_its_event(stack: Stack) -> None:
    await without_months(stack)
    await stack.identify("anna", loyaltyLevel="gold", birthday="1990-03-04", timezone="Asia/Omsk", locale="ru")
    await without_old_events(stack)
    await stack.identify("anna", city="Omsk")
    assert await profile(stack) == {
        "loyalty_level": "gold",
        "birthday": "1990-03-04",
        "time_zone": "Asia/Omsk",
        "locale": "ru",
        "city": "Omsk",
    }
    (row,) = await stack.rows("SELECT locale, time_zone FROM customer")
    assert row == {"locale": "ru", "time_zone": "Asia/Omsk"}


async def test_what_was_taken_back_does_not_come_back_with_an_older_word(stack: Stack) -> None:
    await say(stack, "site", NOON, "m2", loyaltyLevel=None, locale=None, city="Omsk")
    await say(stack, "till", NOON - MINUTE, "m1", loyaltyLevel="gold", locale="ru", city="Tomsk")
    assert await profile(stack) == {"city": "Omsk"}
    (row,) = await stack.rows("SELECT locale FROM customer")
    assert row == {"locale": None}


async def test_several_words_in_one_request_count_by_their_times(stack: Stack) -> None:
    calls = [
        stack.call({"type": "identify", "traits": {"city": city, f"only_{n}": n}}, "anna", f"m{n}", NOON - n * MINUTE)
        for n, city in enumerate(["Omsk", "Tomsk", "Perm"])
    ]
    await stack.post("site", [calls[1], calls[0], calls[2]])
    assert await profile(stack) == {"city": "Omsk", "only_0": 0, "only_1": 1, "only_2": 2}


async def test_what_cannot_be_read_says_nothing(stack: Stack) -> None:
    await say(stack, "site", NOON - MINUTE, "m1", birthday="1990-03-04")
    await say(stack, "site", NOON, "m2", birthday="yesterday")
    assert await profile(stack) == {"birthday": "1990-03-04"}


async def test_each_word_has_its_source_and_an_export_shows_it(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=with_journeys(SETTING))
    await say(stack, "site", NOON - 2 * MINUTE, "m1", city="Omsk", loyaltyLevel="silver")
    await say(stack, "till", NOON - MINUTE, "m2", city="Tomsk", nick="Anya")
    await stack.track("anna", "app_opened")
    await stack.run("setting")
    assert await stack.rows(ORIGINS + " ORDER BY a.name") == [
        {"name": "city", "value": "Tomsk", "source": "till"},
        {"name": "loyalty_level", "value": "gold", "source": "kaskad"},
        {"name": "nick", "value": "Anya", "source": "till"},
    ]
    document = await personal_data.export(stack.runtime, "anna")
    assert [(row["name"], row["value"], row["source"]) for row in document["attribute"]] == [
        ("city", "Tomsk", "till"),
        ("loyalty_level", "gold", "kaskad"),
        ("nick", "Anya", "till"),
    ]


async def test_nothing_of_a_forgotten_customer_is_left_in_a_dump(stack: Stack) -> None:
    await without_months(stack)
    await say(stack, "site", NOON, "m-of-anna", nick="Nyuta", email="old@customer.example", taken_back=None)
    await say(stack, "site", NOON, "m-of-boris", "boris", nick="Borya")
    await without_old_events(stack)
    assert {table for table, _ in await found(stack, "Nyuta")} == {"attribute", "customer"}
    done = await personal_data.forget(stack.runtime, "anna", by="x")
    assert await found(stack, "Nyuta", "old@customer.example", "m-of-anna", "taken_back") == set()
    assert done.counts["attribute"] == 3
    await say(stack, "site", stack.now, "later", nick="Anna")
    assert await profile(stack) == {"nick": "Anna"}, "somebody new"
    assert await profile(stack, "boris") == {"nick": "Borya"}


async def test_a_simulation_knows_what_no_event_says_any_more(
    open_stack: OpenStack, postgres_admin: psycopg.Connection
) -> None:
    stack = await open_stack(edit=with_journeys(SETTING))
    await without_months(stack)
    await stack.person("anna", "email", loyaltyLevel="silver")
    await stack.track("anna", "app_opened")
    await stack.run("setting")
    await stack.identify("boris", loyaltyLevel="bronze")
    await stack.identify("clara", city="Omsk")
    await without_old_events(stack)
    await stack.rows("UPDATE customer SET attributes = attributes WHERE attributes ? 'city'")  # the version before
    await stack.rows("DELETE FROM attribute WHERE name = 'city'")
    start = stack.now - DAY
    await say(stack, "site", start - MINUTE, "before", "boris", loyaltyLevel="gold")
    await stack.track("anna", "app_opened", at=start + MINUTE)
    await stack.identify("boris", at=start + MINUTE, city="Perm", loyaltyLevel="bronze")
    history = await load_history(stack.runtime.database, start, stack.now)
    assert {told.event.occurred_at < start for told in history.script.before} == {True}
    known = await simulated(stack.project, history, postgres_admin)
    assert known["anna"] == await profile(stack) and known["anna"]["loyalty_level"] == "gold"
    assert known["boris"] == await profile(stack, "boris") == {"loyalty_level": "bronze", "city": "Perm"}
    assert known["clara"] == {"city": "Omsk"}


async def simulated(project: Project, history: RecordedHistory, admin: psycopg.Connection) -> dict[str, dict[str, Any]]:
    """The profile of each customer at the end of a simulation without journeys."""
    scenario = Scenario(project.model_copy(update={"journeys": {}}), {})
    with cloned(admin) as url:
        async with open_runtime(url, SimulatedAnswers(USUAL_RATES)) as simulation:
            await run_scenario(simulation, scenario, history.script, people=history.people)
            async with simulation.database.transaction() as connection:
                cursor = await connection.execute(
                    "SELECT i.value, c.attributes FROM customer c JOIN identity i ON i.customer_id = c.id"
                )
                return {row["value"]: row["attributes"] for row in await cursor.fetchall()}
