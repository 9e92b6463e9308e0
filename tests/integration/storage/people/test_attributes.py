"""Attributes are rows: the latest word stands, whoever says it and whenever it arrives."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kaskad.storage.people import attributes
from kaskad.storage.people.attributes import AttributeWords
from tests.support.stack import NOON, Stack

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
ROWS = "SELECT name, value, at, message_id, source FROM attribute WHERE customer_id = %(id)s ORDER BY name"
EXAMPLES = 25


def words(customer: int, values: dict[str, Any], at: datetime = NOON, **more: str) -> AttributeWords:
    """What somebody says of the customer."""
    said = {"message_id": "m", "source": "site", **more}
    return AttributeWords(
        customer_id=customer, values=values, at=at, message_id=said["message_id"], source=said["source"]
    )


async def made(stack: Stack, count: int = 1) -> list[int]:
    """So many new customers."""
    sql = "INSERT INTO customer (created_at) SELECT %(at)s FROM generate_series(1, %(n)s) RETURNING id"
    return [row["id"] for row in await stack.rows(sql, at=NOON, n=count)]


async def write(stack: Stack, *rows: AttributeWords) -> set[int]:
    async with stack.runtime.database.transaction() as connection:
        return await attributes.write(connection, rows)


async def derive(stack: Stack, *customers: int) -> set[int]:
    async with stack.runtime.database.transaction() as connection:
        return await attributes.derive(connection, customers)


async def profile(stack: Stack, customer: int) -> dict[str, Any]:
    (row,) = await stack.rows("SELECT attributes, locale, time_zone FROM customer WHERE id = %(id)s", id=customer)
    found: dict[str, Any] = row["attributes"]
    assert (row["locale"], row["time_zone"]) == (found.get("locale"), found.get("time_zone"))
    return found


async def join(stack: Stack, stands: int, *others: int) -> None:
    """Makes them one person, as a merge does."""
    await stack.rows("UPDATE customer SET members = %(all)s WHERE id = %(id)s", all=[stands, *others], id=stands)
    await stack.rows("UPDATE customer SET merged_into = %(id)s WHERE id = ANY(%(others)s)", id=stands, others=[*others])


async def test_each_attribute_has_its_own_word_with_time_and_source(stack: Stack) -> None:
    (anna,) = await made(stack)
    await write(stack, words(anna, {"tier": "gold", "locale": "ru"}))
    await write(stack, words(anna, {"tier": "silver"}, NOON + MINUTE, message_id="n", source="crm"))
    assert await stack.rows(ROWS, id=anna) == [
        {"name": "locale", "value": "ru", "at": NOON, "message_id": "m", "source": "site"},
        {"name": "tier", "value": "silver", "at": NOON + MINUTE, "message_id": "n", "source": "crm"},
    ]
    assert await profile(stack, anna) == {"tier": "silver", "locale": "ru"}


async def test_who_changed_is_told_and_only_they_are_written(stack: Stack) -> None:
    anna, boris = await made(stack, 2)
    assert await write(stack, words(anna, {"tier": "gold"}), words(boris, {"tier": "gold"})) == {anna, boris}
    versions = "SELECT id, profile_version AS version, xmin::text FROM customer ORDER BY id"
    before = await stack.rows(versions)
    later = words(anna, {"tier": "gold"}, NOON + MINUTE)
    assert await write(stack, later, words(boris, {"tier": "silver"}, NOON - MINUTE)) == set()
    assert await stack.rows(versions) == before
    assert await write(stack) == await write(stack, words(anna, {})) == set()
    (row,) = await stack.rows(ROWS, id=anna)
    assert row["at"] == NOON + MINUTE, "it was said again: what was said between the two is older"


async def test_what_was_taken_back_stays_away(stack: Stack) -> None:
    (anna,) = await made(stack)
    await write(stack, words(anna, {"tier": None, "locale": "ru"}, NOON))
    assert await write(stack, words(anna, {"tier": "gold"}, NOON - MINUTE)) == set()
    assert await profile(stack, anna) == {"locale": "ru"}
    await write(stack, words(anna, {"tier": "gold", "locale": None}, NOON + MINUTE))
    assert await profile(stack, anna) == {"tier": "gold"}


@pytest.mark.parametrize("value", ["", 0, False, [], {}, {"null": None}, [None], "null", "1e400", "ё" * 4000])
async def test_only_null_takes_back(stack: Stack, value: Any) -> None:
    (anna,) = await made(stack)
    await write(stack, words(anna, {"x": "before", "y" * 200: value}), words(anna, {"x": value}, NOON + MINUTE))
    assert await profile(stack, anna) == {"x": value, "y" * 200: value}


ORDERS = st.lists(
    st.tuples(
        st.integers(0, 2),  # minutes
        st.sampled_from(["m1", "m2"]),
        st.sampled_from(["site", "crm"]),
        st.dictionaries(
            st.sampled_from(["tier", "locale", "time_zone"]), st.sampled_from(["a", "b", None]), max_size=3
        ),
    ),
    max_size=8,
    unique_by=lambda word: word[:3],
).flatmap(lambda told: st.tuples(st.just(told), st.permutations(told), st.integers(1, 8)))


def drawn() -> list[tuple[list[Any], list[Any], int]]:
    """Words in two orders, and into how many of them the second one is cut."""
    found: list[Any] = []

    @settings(max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(ORDERS)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found


async def test_the_order_of_arrival_does_not_matter(stack: Stack) -> None:
    """In any order, in any chunks, and spread over the members of one person."""
    for told, shuffled, size in drawn():
        first, second, stands, member = await made(stack, 4)
        await join(stack, stands, member)
        for customers, order, step in (([first], told, 1), ([second], shuffled, size), ([stands, member], shuffled, 1)):
            said = [
                words(customers[n % len(customers)], values, NOON + minutes * MINUTE, message_id=id_, source=source)
                for n, (minutes, id_, source, values) in enumerate(order)
            ]
            for start in range(0, len(said), step):
                await write(stack, *said[start : start + step])
        expected: dict[str, Any] = {}
        for _, _, _, values in sorted(told, key=lambda word: word[:3]):
            expected |= values
        expected = {name: value for name, value in expected.items() if value is not None}
        for customer in (first, second, stands):
            assert await profile(stack, customer) == expected
        assert await stack.rows(ROWS, id=first) == await stack.rows(ROWS, id=second)


async def test_the_members_of_a_person_have_one_profile(stack: Stack) -> None:
    anna, other, third = await made(stack, 3)
    await write(stack, words(anna, {"tier": "gold", "locale": "ru"}), words(other, {"tier": None}, NOON + MINUTE))
    await write(stack, words(third, {"locale": "en", "size": 43}, NOON - MINUTE))
    before = await stack.rows("SELECT * FROM attribute ORDER BY customer_id, name")
    await join(stack, anna, other, third)
    assert await derive(stack, anna) == {anna}
    assert await profile(stack, anna) == {"locale": "ru", "size": 43}
    assert await stack.rows("SELECT * FROM attribute ORDER BY customer_id, name") == before, "who said what stays"
    assert await write(stack, words(third, {"locale": "en"}, NOON + MINUTE)) == {anna}
    assert await profile(stack, anna) == {"locale": "en", "size": 43}


async def test_who_was_merged_twice_is_followed_to_who_stands(stack: Stack) -> None:
    anna, other, third = await made(stack, 3)
    await join(stack, other, third)
    await join(stack, anna, other, third)
    await stack.rows("UPDATE customer SET merged_into = %(to)s WHERE id = %(id)s", to=other, id=third)
    assert await write(stack, words(third, {"size": 43})) == {anna}
    assert await profile(stack, anna) == {"size": 43}


@pytest.mark.parametrize("own", [{}, {"tier": "gold"}])
async def test_who_is_split_again_has_what_was_said_of_each(stack: Stack, own: dict[str, Any]) -> None:
    anna, other = await made(stack, 2)
    await write(stack, words(anna, own), words(other, {"tier": "silver", "size": 43}, NOON + MINUTE))
    await join(stack, anna, other)
    await derive(stack, anna)
    assert await profile(stack, anna) == {"tier": "silver", "size": 43}
    await stack.rows("UPDATE customer SET members = NULL, merged_into = NULL")
    assert await derive(stack, anna, other) == {anna}
    assert await profile(stack, anna) == own
    assert await profile(stack, other) == {"tier": "silver", "size": 43}
