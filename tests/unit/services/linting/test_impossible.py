"""Conditions that can never hold together are told, whatever kind they are of; those that may are left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.services.linting.linted import found, journey, linted, write

BOUGHT = {"did": "order_completed"}
GOLD = {"customer.level": "gold"}
SEGMENTS = """
silent: [{did: order_completed}, {did_not: order_completed, within: 90d}]
golden: [{customer.level: gold}]
either: [{any: [{customer.level: gold}, {did: cart_updated}]}, {customer.orders: {at_least: 2}}]
"""


def level(**operators: Any) -> dict[str, Any]:
    return {"customer.level": operators}


def member(**operators: Any) -> dict[str, Any]:
    return {"customer.member_since": operators}


def likes(**operators: Any) -> dict[str, Any]:
    return {"customer.favourites": operators}


def children(**operators: Any) -> dict[str, Any]:
    return {"customer.children": operators}


def did(event: str = "order_completed", **more: Any) -> dict[str, Any]:
    return {"did": event, **more}


def did_not(event: str = "order_completed", **more: Any) -> dict[str, Any]:
    return {"did_not": event, **more}


def no(*conditions: Any) -> dict[str, Any]:
    return {"not": list(conditions)}


IMPOSSIBLE: dict[str, list[Any]] = {
    "itself and not itself": [GOLD, no(GOLD)],
    "not not itself and not itself": [no(no(BOUGHT)), no(BOUGHT)],
    "two and not both": [GOLD, BOUGHT, no(GOLD, BOUGHT)],
    "a choice and not that choice": [{"any": [GOLD, BOUGHT]}, no({"any": [GOLD, BOUGHT]})],
    "none of a choice and one of it": [no({"any": [GOLD, BOUGHT]}), BOUGHT],
    "a list holds it and not": [
        likes(contains="a"),
        no(likes(contains="a")),
    ],
    "another path and not": [{"cart.total": "customer.children"}, {"cart.total": {"is_not": "customer.children"}}],
    "unknown and a value": [level(known=False), GOLD],
    "unknown and not a value": [level(known=False), level(is_not="gold")],
    "unknown and not a value by not": [level(known=False), no(GOLD)],
    "unknown and known": [level(known=False), level(known=True)],
    "unknown and not unknown": [level(known=False), no(level(known=False))],
    "unknown and a bound": [children(known=False), children(at_least=0)],
    "unknown and compared with": [
        children(known=False),
        {"cart.total": {"more_than": "customer.children"}},
    ],
    "unknown and a list that holds": [
        likes(known=False),
        no(likes(contains="a")),
    ],
    "done and not done": [did(), did_not()],
    "done and not done by not": [did(), no(did())],
    "done this week, not this month": [did(within="7d"), did_not(within="30d")],
    "done this week, never": [did(within="7d"), did_not()],
    "done since entering, never": [did(since="enter"), did_not()],
    "done since entering and not": [did(since="enter"), did_not(since="enter")],
    "done in a store, not at all": [did(where=[{"order.place": "store"}]), did_not()],
    "done twice, less than twice": [did(times={"at_least": 2}), did(times={"less_than": 2})],
    "done three times, once at the most": [did(times=3, within="7d"), did(times={"at_most": 1}, within="30d")],
    "done more than never, zero times": [did(times={"more_than": 0}), did(times=0)],
    "done not less than twice, not twice": [no(did(times={"less_than": 2})), did_not(times={"at_least": 2})],
    "done where nothing can be": [did(where=[{"order.place": "a"}, {"order.place": "b"}])],
    "a segment and not": [{"in_segment": "golden"}, no({"in_segment": "golden"})],
    "a segment of two and not": [{"in_segment": "silent"}, no({"in_segment": "silent"})],
    "a segment with a choice and not": [{"in_segment": "either"}, no({"in_segment": "either"})],
    "a segment that its own words rule out": [{"in_segment": "silent"}, did(within="30d")],
    "a choice of which each way is ruled out": [no(GOLD), did_not(), {"any": [GOLD, BOUGHT]}],
    "opened and not delivered": [{"message": "hello", "was": "opened"}, {"message": "hello", "was_not": "delivered"}],
    "clicked and not": [{"message": "hello", "was": "clicked"}, no({"message": "hello", "was": "clicked"})],
    "within and older": [member(within="3d"), member(older_than="3d")],
    "within and not within": [member(within="3d"), no(member(within="7d"))],
    "before and after": [member(before="2027-01-01T00:00+03:00"), member(after="2027-01-01T00:00+03:00")],
    "between and before": [
        member(between=["2027-01-02T00:00+00:00", "2027-01-03T00:00+00:00"]),
        member(before="2027-01-02T00:00+00:00"),
    ],
}
POSSIBLE: dict[str, list[Any]] = {
    "two values of one list": [
        likes(contains="a"),
        no(likes(contains="b")),
    ],
    "one of two and not both": [GOLD, no(GOLD, BOUGHT)],
    "unknown and something else": [level(known=False), {"customer.orders": {"at_least": 1}}],
    "known and a value": [level(known=True), no(GOLD)],
    "unknown or a value": [{"any": [level(known=False), GOLD]}],
    "done once, not lately": [did(), did_not(within="90d")],
    "done this month, not this week": [did(within="30d"), did_not(within="7d")],
    "done, not since entering": [did(within="7d"), did_not(since="enter")],
    "done since entering, not this week": [did(since="enter"), did_not(within="7d")],
    "done, not in a store": [did(), did_not(where=[{"order.place": "store"}])],
    "done, but not about this cart": [did("cart_updated"), did_not("cart_updated", same="cart")],
    "done once, not twice": [did(), did_not(times={"at_least": 2})],
    "done twice at the most, and at least": [did(times={"at_most": 2}), did(times={"at_least": 2})],
    "another event": [did(), did_not("order_delivered")],
    "a choice of which one way is open": [no(GOLD), {"any": [GOLD, BOUGHT]}],
    "delivered and not opened": [{"message": "hello", "was": "delivered"}, {"message": "hello", "was_not": "opened"}],
    "another message": [{"message": "hello", "was": "opened"}, {"message": "goodbye", "was_not": "opened"}],
    "within and older than less": [member(within="7d"), member(older_than="3d")],
    "after and before later": [member(after="2027-01-01T00:00+03:00"), member(before="2027-01-01T00:00+00:00")],
    "a segment": [{"in_segment": "silent"}, no({"in_segment": "golden"})],
}
STEPS = [{"send": "hello"}, {"wait": "2 days"}, {"send": "goodbye"}]


def ask(root: Path, conditions: list[Any]) -> None:
    """A journey whose last step asks for all of these."""
    write(root, "configs/segments.yaml", SEGMENTS)
    attributes = (root / "configs/attributes.yaml").read_text()
    write(root, "configs/attributes.yaml", attributes + "favourites: list\n")
    steps = [*STEPS[:2], {**STEPS[2], "if": conditions}]
    journey(root, leave=[{"when": "order_completed"}], steps=steps)


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_can_never_hold_is_told(root: Path, name: str) -> None:
    ask(root, IMPOSSIBLE[name])
    (remark,) = linted(root).remarks
    assert (remark.rule, remark.severity) == ("impossible_condition", "error")
    assert remark.text.startswith("this is never met: ")


@pytest.mark.parametrize("name", POSSIBLE)
def test_what_may_hold_is_left_alone(root: Path, name: str) -> None:
    ask(root, POSSIBLE[name])
    assert found(root) == []


@pytest.mark.parametrize("keys", [
    {"goal": {"when": "order_completed", "within": "7d", "where": [{"order.place": "a"}, no({"order.place": "a"})]}},
    {"steps": [{"wait_for": {"when": "order_completed", "up_to": "1d", "where": [{"order.place": {"known": False}},
                                                                              {"order.place": "a"}]}}]},
    {"enter": {"when": "cart_updated", "again_after": "7d", "if": [did(), did_not()]}},
])  # fmt: skip
def test_wherever_it_is_asked(root: Path, keys: dict[str, Any]) -> None:
    journey(root, **keys)
    assert found(root) == ["impossible_condition"]


def test_a_branch_that_can_never_be_taken(root: Path) -> None:
    journey(root, steps=[{"choose": [{"if": [GOLD, no(GOLD)], "then": [STEPS[0]]}]}])
    (remark,) = linted(root).remarks
    text = "this branch is never taken: no 'customer.level' meets all of these conditions"
    assert (remark.rule, remark.text) == ("unreachable_step", text)


@pytest.mark.parametrize(
    "keys",
    [
        {"only_while": [did_not("order_delivered", within="401d")]},
        {"only_while": [{"any": [GOLD, no(did("order_delivered", within="2000d"))]}]},
        {"enter": {"when": "cart_updated", "again_after": "7d", "if": [did("order_delivered", within="500 days")]}},
        {"steps": [{"choose": [{"if": [did("order_delivered", within="401d")], "then": [STEPS[0]]}]}]},
        {"enter": {"product": "back_in_stock", "who": ["viewed 401d"], "again_after": "14d"},
         "purpose": "transactional"},
    ],
)  # fmt: skip
def test_events_that_are_gone_by_then_are_not_asked_for(root: Path, keys: dict[str, Any]) -> None:
    journey(root, **keys)
    (remark,) = linted(root).remarks
    assert (remark.rule, remark.severity) == ("forgotten_events", "error")
    assert "and policy.yaml keeps events for 400 days" in remark.text
    write(root, "configs/policy.yaml", {"keep": {"events": "2000d"}})
    assert found(root) == []


def test_what_is_kept_may_be_asked_for(root: Path) -> None:
    journey(root, only_while=[did_not("order_delivered", within="400d"), no(did("order_delivered"))])
    assert found(root) == []
