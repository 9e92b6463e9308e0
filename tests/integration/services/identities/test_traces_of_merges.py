"""What a join writes down about itself: given out to whom it is about, forgotten with them, and with time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kaskad.services.identities.splitting import split
from kaskad.services.operations import personal_data, retention
from kaskad.storage.queries import query
from tests.support.delivering import everybody
from tests.support.merging import join
from tests.support.personal import found
from tests.support.query_plans import indexes, plan_of
from tests.support.rules import customer_of
from tests.support.stack import OpenStack, Stack

pytestmark = pytest.mark.anyio
WORDS = ("one-77", "one@customer.example", "push-one")
MERGES = """INSERT INTO customer_merge (standing, merged, last_event, last_consent, at, source, message_id)
    SELECT i, 100000 + i, 0, 0, %(at)s, 'site', '' FROM generate_series(1, 20000) AS i"""
CONFLICTS = """
INSERT INTO identity_conflict (by_kind, by_value, kind, value, reason, customer_id, source, message_id, at)
    SELECT 'user_id', 'a' || i, 'card', 'b' || i, 'claim', i, 'site', '', %(at)s FROM generate_series(1, 20000) AS i"""


async def three(stack: Stack) -> None:
    """Somebody with addresses, and two without."""
    for user in ("anchor-77", "three-77"):
        await stack.track(user, "app_opened")
    await stack.identify("one-77", email="one@customer.example", push_token="push-one")


@pytest.mark.parametrize("into", ["anchor-77", "three-77"])
async def test_whoever_parted_and_is_forgotten_is_in_no_record_of_the_others(into: str, open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await three(stack)
    await join(stack, "one-77", into)
    await join(stack, "three-77", "anchor-77")
    assert {word for _, word in await found(stack, *WORDS)} == set(WORDS)
    await split(stack.runtime, "one-77", by="anna")
    await personal_data.forget(stack.runtime, "one-77", by="anna")
    assert await found(stack, *WORDS) == set()
    assert {word for _, word in await found(stack, "three-77")} == {"three-77"}
    assert (await split(stack.runtime, "three-77", by="anna")).parted == ("user_id:three-77",)


async def test_a_value_in_somebody_elses_record_is_forgotten_too(open_stack: OpenStack) -> None:
    """By which id two were joined may be the id of a third, who was one with them then."""
    stack = await open_stack(edit=everybody)
    await three(stack)
    await join(stack, "one-77", "anchor-77")
    await join(stack, "three-77", "anchor-77")
    await split(stack.runtime, "one-77", by="anna")
    await stack.rows(
        """UPDATE customer_merge SET named = '[["user_id", "one-77"], ["user_id", "three-77"]]',
                  state = jsonb_set(state, '{contact}', '[{"customer_id": 1, "channel": "email",
                                    "address": "one@customer.example", "address_key": "one@customer.example"}]')
            WHERE split_at IS NULL"""
    )
    await personal_data.forget(stack.runtime, "one-77", by="anna")
    assert await found(stack, *WORDS) == set()


async def test_a_join_is_given_out_to_whom_it_is_about(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await three(stack)
    await join(stack, "one-77", "anchor-77")
    (row,) = (await personal_data.export(stack.runtime, "anchor-77"))["customer_merge"]
    assert row["named"] == [["user_id", "anchor-77"], ["user_id", "one-77"]] and row["state"]["identity"]
    await split(stack.runtime, "one-77", by="anna")
    for user in ("anchor-77", "one-77"):
        (row,) = (await personal_data.export(stack.runtime, user))["customer_merge"]
        assert row["split_by"] == "anna" and not {"named", "state"} & set(row), "the other one is somebody else"
    assert (await personal_data.export(stack.runtime, "three-77"))["customer_merge"] == []


async def test_how_both_were_is_kept_as_long_as_decisions(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await three(stack)
    await join(stack, "one-77", "anchor-77")
    async with stack.runtime.database.transaction() as connection:
        await stack.runtime.catalogue.refresh(connection)
    keep = stack.runtime.catalogue.project.policy.keep.decisions.longest
    for after, kept in ((timedelta(days=-1), 1), (timedelta(days=2), 0)):
        await stack.at(keep + after)
        await retention.create_partitions(stack.runtime)
        await retention.delete_expired(stack.runtime)
        (row,) = await stack.rows("SELECT count(state) AS n, count(*) AS merges FROM customer_merge")
        assert (row["n"], row["merges"]) == (kept, 1)


async def test_merges_and_conflicts_of_a_customer_go_by_their_indexes(open_stack: OpenStack) -> None:
    stack = await open_stack(edit=everybody)
    await three(stack)
    who = await customer_of(stack, "one-77")
    for sql in (MERGES, CONFLICTS):
        await stack.rows(sql, at=stack.now)
    await stack.rows("ANALYZE customer_merge, identity_conflict")
    for name, params, used in (
        ("find_merges", {"customer": who}, {"customer_merge_of_standing"}),
        ("export_merges", {"customers": [who]}, {"customer_merge_of_standing", "customer_merge_of_merged"}),
        ("forget_merges", {"customers": [who]}, {"customer_merge_of_standing", "customer_merge_of_merged"}),
        ("list_identity_conflicts", {"customer": who, "limit": 10}, {"identity_conflict_of", "identity_conflict_once"}),
        ("forget_identity_conflicts", {"customers": [who]}, {"identity_conflict_of", "identity_conflict_once"}),
    ):
        nodes = await plan_of(stack, query(name), params)
        assert used <= indexes(nodes), name
        scanned = {node.get("Relation Name") for node in nodes if node["Node Type"] == "Seq Scan"}
        assert not scanned & {"customer_merge", "identity_conflict"}, name
