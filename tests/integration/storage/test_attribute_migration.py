"""Attributes become rows on a stack that has profiles, while the version before still writes some."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from kaskad.storage import migrate
from kaskad.storage.database import Database
from kaskad.storage.people import attributes
from kaskad.storage.people.attributes import AttributeWords
from tests.support.migrating import database_at, rows, run

pytestmark = pytest.mark.anyio

MARCH = datetime(2027, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ANNA, BORIS, CLARA = 1, 2, 3
PEOPLE = """
INSERT INTO customer (created_at, attributes, locale) VALUES
 ('2026-01-01 UTC', '{"tier": "gold", "locale": "ru", "birthday": "1990-03-04", "nick": null}', 'ru'),
 ('2026-01-01 UTC', '{"tier": "gold"}', NULL), ('2026-01-01 UTC', '{}', NULL);
INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties) VALUES
 ('m1', 1, 'identify', 'crm', '2027-03-01 UTC', '2027-03-01 UTC', '{"traits": {"tier": "gold", "nick": null}}'),
 ('m0', 1, 'identify', 'site', '2025-12-01 UTC', '2027-03-01 UTC', '{"traits": {"tier": "silver", "locale": "ru"}}'),
 ('m9', 1, 'x', 'site', '2027-02-01 UTC', '2027-03-01 UTC', '{"traits": {"tier": "no profile"}}')"""
# How the version before writes a profile: from all events that are there.
BEFORE = """
UPDATE customer c
   SET attributes = t.attributes, locale = t.attributes->>'locale', time_zone = t.attributes->>'time_zone'
  FROM (SELECT e.customer_id, jsonb_object_agg(a.key, a.value ORDER BY e.occurred_at, e.message_id) AS attributes
          FROM event e CROSS JOIN LATERAL jsonb_each(e.properties->'traits') AS a
         WHERE e.customer_id = 1 AND e.name = 'identify' GROUP BY e.customer_id) t
 WHERE c.id = t.customer_id"""
WORDS = "SELECT name, value, at, message_id, source FROM attribute WHERE customer_id = 1 ORDER BY name"


@pytest.fixture
def url(postgres_admin: psycopg.Connection) -> Iterator[str]:
    """A database of the revision before, with people in it, upgraded."""
    with database_at(postgres_admin, "0019") as made:
        run(made, PEOPLE)
        migrate.upgrade(made, to="0021")
        yield made


async def write(url: str, customer: int, values: dict[str, Any], at: datetime = MARCH) -> set[int]:
    """Somebody says something, to a process of this version."""
    database = Database(url, pool_size=1)
    try:
        async with database.transaction() as connection:
            row = AttributeWords(customer_id=customer, values=values, at=at, message_id="new", source="site")
            return await attributes.write(connection, [row])
    finally:
        await database.close()


def told_before(url: str, id_: str, traits: str, at: datetime) -> None:
    """Somebody says something of Anna, to a process of the version before."""
    run(
        url,
        "INSERT INTO event (message_id, customer_id, name, source, occurred_at, received_at, properties)"
        f" VALUES ('{id_}', 1, 'identify', 'site', '{at}', '{at}', '{{\"traits\": {traits}}}')",
    )
    run(url, BEFORE)


def known(url: str, customer: int = ANNA) -> dict[str, Any]:
    (row,) = rows(url, f"SELECT attributes FROM customer WHERE id = {customer}")
    found: dict[str, Any] = row["attributes"]
    return found


def test_upgrading_touches_no_customer(postgres_admin: psycopg.Connection) -> None:
    with database_at(postgres_admin, "0019") as url:
        run(url, PEOPLE)
        look = "SELECT *, xmin::text, ctid::text FROM customer ORDER BY id"
        before = rows(url, look)
        migrate.upgrade(url, to="0021")
        assert rows(url, look) == [row | {"profile_version": None} for row in before]
        assert rows(url, "SELECT FROM attribute") == []
        run(url, "INSERT INTO customer (created_at) VALUES ('2027-03-01 UTC')")
        assert rows(url, "SELECT profile_version AS v FROM customer WHERE id = 4") == [{"v": 0}], "nothing is missing"


async def test_the_first_word_brings_all_that_is_known_with_who_said_it(url: str) -> None:
    assert await write(url, ANNA, {"size": 43}) == {ANNA}
    assert known(url) == {"tier": "gold", "locale": "ru", "birthday": "1990-03-04", "size": 43}
    assert [tuple(row.values()) for row in rows(url, WORDS)] == [
        ("birthday", "1990-03-04", datetime(2026, 1, 1, tzinfo=UTC), "", None),
        ("locale", "ru", datetime(2025, 12, 1, tzinfo=UTC), "m0", "site"),
        ("nick", None, MARCH, "m1", "crm"),
        ("size", 43, MARCH, "new", "site"),
        ("tier", "gold", MARCH, "m1", "crm"),
    ]
    assert rows(url, "SELECT count(*) AS n FROM attribute WHERE customer_id <> 1") == [{"n": 0}], "the others wait"


async def test_the_first_word_may_be_an_old_one(url: str) -> None:
    await write(url, ANNA, {"tier": "silver", "nick": "Anya"}, MARCH - DAY)
    assert known(url) == {"tier": "gold", "locale": "ru", "birthday": "1990-03-04"}


async def test_whoever_has_no_events_keeps_the_profile(url: str) -> None:
    await write(url, BORIS, {"size": 43})
    assert known(url, BORIS) == {"tier": "gold", "size": 43}
    await write(url, CLARA, {"size": 43})
    assert known(url, CLARA) == {"size": 43}


async def test_events_that_go_afterwards_take_nothing_with_them(url: str) -> None:
    await write(url, ANNA, {"size": 43})
    run(url, "DELETE FROM event")
    await write(url, ANNA, {"size": 44}, MARCH + DAY)
    assert known(url) == {"tier": "gold", "locale": "ru", "birthday": "1990-03-04", "size": 44}


async def test_what_the_version_before_writes_meanwhile_counts(url: str) -> None:
    await write(url, ANNA, {"size": 43})
    told_before(url, "m2", '{"tier": "platinum", "locale": null}', MARCH + DAY)
    assert known(url)["tier"] == "platinum" and "birthday" not in known(url), "that version knows its events alone"
    await write(url, ANNA, {"shoe": 1})
    assert known(url) == {"tier": "platinum", "birthday": "1990-03-04", "size": 43, "shoe": 1}
    told_before(url, "m4", '{"tier": "platinum"}', MARCH + 4 * DAY)
    await write(url, ANNA, {"tier": "silver"}, MARCH + 2 * DAY)
    assert known(url)["tier"] == "platinum", "it was said again meanwhile, by a later word"


async def test_members_who_were_never_written_of_come_with_their_profiles(url: str) -> None:
    run(url, "UPDATE customer SET members = '{1,2}' WHERE id = 1; UPDATE customer SET merged_into = 1 WHERE id = 2")
    run(url, """UPDATE customer SET attributes = '{"tier": "white", "nick": "B"}' WHERE id = 2""")
    await write(url, BORIS, {"size": 43})
    assert known(url) == {"tier": "gold", "locale": "ru", "birthday": "1990-03-04", "size": 43}, "nick was taken back"
    assert len(rows(url, "SELECT FROM attribute WHERE customer_id = 2")) == 3
