"""Each rule by cases: what it finds, where, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kaskad.domain.errors import NotFound
from tests.unit.services.linting.linted import found, journey, linted, write

LEAVE = [{"when": "order_completed"}]
LATER = [{"send": "hello"}, {"wait": "2 days"}, {"send": "goodbye"}]
BIRTHDAY = {"date": "customer.birthday", "every": "year", "at": "10:00", "again_after": "330d"}
PRODUCT = {"product": "price_drop", "who": ["favourited"], "once_per": "product", "again_after": "14d"}
BOUGHT = {"did_not": "order_completed", "since": "enter"}
CHOICE = {"choose": [{"if": [], "then": [{"send": "hello"}]}]}


def split(*shares: str) -> dict[str, Any]:
    paths = {f"way_{number}": {"share": share, "steps": []} for number, share in enumerate(shares)}
    return {"split": {"name": "half", "paths": paths}}


def compared(*operators: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"cart.total": operator} for operator in operators]


# what stands in the journey, the rules that have something against it
CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({"steps": LATER}, ["no_purchase_check"]),
    ({"steps": LATER, "leave": LEAVE}, []),
    ({"steps": LATER, "leave": [{"when": "order_delivered"}]}, []),
    ({"steps": LATER, "leave": [{"when": "product_stock_changed"}]}, ["no_purchase_check"]),
    ({"steps": LATER, "leave": [{"when": "cart_updated"}], "goal": {"when": "cart_updated", "within": "7d"}}, []),
    ({"steps": LATER, "only_while": [{"not": [{"any": [{"did": "order_completed"}]}]}]}, []),
    ({"steps": LATER, "only_while": [{"customer.orders": {"less_than": 1}}]}, []),
    ({"steps": LATER, "only_while": [{"cart.total": {"more_than": 1}}]}, ["no_purchase_check"]),
    ({"steps": [*LATER[:2], {"send": "goodbye", "if": [BOUGHT]}]}, []),
    ({"steps": LATER, "purpose": "requested"}, []),
    ({"steps": LATER, "enter": {"when": "order_completed", "again_after": "7d"}}, []),
    ({"enter": {"when": "cart_updated", "quiet_for": "1h", "again_after": "7d"}}, ["no_purchase_check"]),
    ({"steps": [{"wait_for": {"when": "order_delivered", "up_to": "1d"}, "else": [LATER[0]]}]}, ["no_purchase_check"]),
    ({"steps": [{"choose": [{"if": [BOUGHT], "then": [LATER[1]]}]}, LATER[0]]}, ["no_purchase_check"]),
    ({"only_while": compared({"at_least": "50 EUR"})}, ["currency_without_rate"]),
    ({"only_while": [{"any": [{"not": compared({"between": ["5 EUR", "9 EUR"]})}]}]}, ["currency_without_rate"]),
    ({"only_while": [{"did": "order_completed", "where": [{"order.total": "9 EUR"}]}]}, ["currency_without_rate"]),
    ({"only_while": compared({"at_least": "50 RUB"})}, []),
    ({"only_while": compared({"at_least": 50})}, []),
    ({"only_while": compared({"at_least": "50 RUB", "less_than": "20 RUB"})}, ["impossible_condition"]),
    ({"only_while": compared({"at_least": "50 RUB", "less_than": 60})}, []),
    ({"steps": [{"send": "hello", "relevant_for": "2h"}]}, ["late_fallback"]),
    ({"steps": [{"send": "hello", "relevant_for": "3h"}]}, []),
    ({"steps": [{"send": "hello", "relevant_for": "1h", "cascade": [{"channel": "sms"}]}]}, []),
    ({"cascade": [{"channel": "push", "fallback_after": "2h"}, {"channel": "sms"}]}, []),
    ({"send_window": {"from": "22:00", "to": "23:00"}}, ["empty_window"]),
    ({"send_window": {"from": "22:00", "to": "23:00"}, "purpose": "transactional"}, []),
    ({"send_window": {"from": "09:00", "to": "21:00"}}, []),
    ({"send_window": {"from": "20:00", "to": "08:00"}}, ["window_across_midnight"]),
    ({"cascade": [{"channel": "email", "fallback_after": "1d"}, {"channel": "sms"}]}, ["channel_without_template"]),
    ({"cascade": [{"channel": "email"}]}, ["no_channel_at_all"]),
    ({"cascade": [{"channel": "push"}]}, ["nobody_without_consent"]),
    ({"goal": {"when": "order_completed", "within": "7d"}}, []),
    ({"goal": {"when": "order_completed", "same": "cart", "within": "7d"}}, ["goal_out_of_reach"]),
    ({"goal": {"when": "order_completed", "same": "product", "within": "7d"}}, ["goal_out_of_reach"]),
    (
        {"goal": {"when": "order_completed", "same": "product", "within": "7d"}, "enter": {**PRODUCT}},
        ["product_by_product"],
    ),
    (
        {
            "leave": LEAVE,
            "steps": [{"wait": {"until": "7d after enter"}}, LATER[0]],
            "goal": {"when": "order_completed", "within": "7d"},
        },
        ["goal_out_of_reach"],
    ),
    (
        {
            "leave": LEAVE,
            "steps": [{"wait": "3d"}, {"wait": "4d"}, LATER[0]],
            "goal": {"when": "order_completed", "within": "7d"},
        },
        ["goal_out_of_reach"],
    ),
    (
        {
            "leave": LEAVE,
            "steps": [{"wait": "3d"}, {"wait": {"until": "4d after enter"}}, LATER[0]],
            "goal": {"when": "order_completed", "within": "5d"},
        },
        [],
    ),
    ({"leave": [{"when": "order_completed", "same": "email"}]}, ["same_of_nothing"]),
    ({"leave": [{"when": "cart_updated", "same": "cart"}]}, []),
    (
        {
            "steps": [{"wait_for": {"when": "order_completed", "same": "order", "up_to": "1d"}, "then": [LATER[0]]}],
            "leave": LEAVE,
        },
        ["same_of_nothing"],
    ),
    ({"steps": [{**CHOICE, "else": [{"send": "goodbye"}]}]}, ["unreachable_step"]),
    ({"steps": [CHOICE]}, []),
    (
        {"steps": [{"choose": [{"if": compared({"between": [5, 9]}, {"is": 10}), "then": [LATER[0]]}]}]},
        ["unreachable_step"],
    ),
    (
        {"steps": [{"choose": [{"if": [BOUGHT], "then": []}, {"if": [BOUGHT], "then": [LATER[0]]}]}]},
        ["unreachable_step"],
    ),
    ({"steps": ["leave", LATER[0]]}, ["unreachable_step"]),
    ({"steps": [LATER[0], "leave"]}, []),
    (
        {"steps": [{"choose": [{"if": [BOUGHT], "then": ["leave"]}], "else": [{"leave": "no"}]}, LATER[0]]},
        ["unreachable_step"],
    ),
    ({"steps": [{"choose": [{"if": [BOUGHT], "then": ["leave"]}]}, LATER[0]]}, []),
    ({"steps": [split("0%", "50%", "50%")]}, ["unreachable_step"]),
    ({"steps": [split("50%", "50%")]}, []),
    ({"only_while": compared({"more_than": 5}, {"at_most": 5})}, ["impossible_condition"]),
    ({"only_while": compared({"at_least": 5}, {"at_most": 5})}, []),
    ({"only_while": compared({"at_least": 5}, {"less_than": 5})}, ["impossible_condition"]),
    ({"only_while": compared({"at_least": 5}, {"more_than": 4}, {"at_most": 5})}, []),
    ({"only_while": [{"customer.level": "gold"}, {"customer.level": "silver"}]}, ["impossible_condition"]),
    ({"only_while": [{"customer.level": {"in": ["gold", "silver"]}}, {"customer.level": {"is_not": "gold"}}]}, []),
    (
        {"only_while": [{"customer.level": {"in": ["gold"]}}, {"customer.level": {"not_in": ["gold"]}}]},
        ["impossible_condition"],
    ),
    ({"enter": PRODUCT}, ["product_by_product"]),
    ({"enter": PRODUCT, "steps": [{"send": "hello", "together": "3d"}]}, []),
    ({"enter": PRODUCT, "purpose": "transactional"}, []),
    ({"enter": BIRTHDAY}, ["date_without_relevance"]),
    ({"enter": BIRTHDAY, "steps": [{"send": "hello", "relevant_for": "10h"}]}, []),
    ({"enter": BIRTHDAY, "leave": LEAVE, "steps": [{"wait": "1h"}, {"send": "hello"}]}, []),
]


@pytest.mark.parametrize(("keys", "rules"), CASES, ids=range(len(CASES)))
def test_a_journey(root: Path, keys: dict[str, Any], rules: list[str]) -> None:
    journey(root, **keys)
    assert found(root) == rules


def test_a_product_is_capped_by_a_cap_of_its_topic(root: Path) -> None:
    journey(root, enter=PRODUCT)
    write(root, "configs/policy.yaml", {"caps": [{"at_most": 1, "per": "week", "topic": "carts"}]})
    assert found(root) == []


def capped(root: Path, **cap: Any) -> None:
    write(root, "configs/policy.yaml", {"caps": [{"at_most": 1, "per": "day", "over": "skip", **cap}]})


@pytest.mark.parametrize(("priority", "turn"), [(60, "which goes first"), (50, "of the same priority")])
def test_two_journeys_cap_each_other_out(root: Path, priority: int, turn: str) -> None:
    capped(root)
    journey(root, "first", priority=priority)
    journey(root, "second")
    (remark,) = linted(root).remarks
    assert (remark.path, remark.rule) == ("configs/journeys/second.yaml", "capped_out")
    assert remark.text == (
        f"sends 1 message within a day and 'first', {turn}, sends 1: "
        "together more than the cap of policy.yaml, 1 per day"
    )


@pytest.mark.parametrize("cap", [{"at_most": 2}, {"over": "wait"}], ids=["room for both", "the second one waits"])
def test_two_journeys_that_a_cap_lets_through(root: Path, cap: dict[str, Any]) -> None:
    capped(root, **cap)
    journey(root, "first")
    journey(root, "second")
    assert found(root) == []


def test_a_cap_that_makes_wait_until_it_is_stale(root: Path) -> None:
    capped(root, over="wait")
    journey(root, "first", priority=60)
    journey(root, "second", steps=[{"send": "hello", "relevant_for": "3h"}])
    assert found(root) == ["capped_out"]


@pytest.mark.parametrize(("wait", "rules"), [("23h", ["capped_out"]), ("1d", [])])
def test_one_journey_and_a_cap(root: Path, wait: str, rules: list[str]) -> None:
    capped(root)
    journey(root, leave=LEAVE, steps=[{"send": "hello"}, {"wait": wait}, {"send": "goodbye"}])
    assert found(root) == rules


@pytest.mark.parametrize(("said", "rules"), [("language: en", ["capped_out"]), ("purpose: requested", [])])
def test_a_call_is_capped_by_what_its_script_says(root: Path, said: str, rules: list[str]) -> None:
    capped(root)
    write(root, "templates/script/message.yaml", said)
    journey(root, steps=[{"send": "hello"}, {"call": "sales", "script": "script", "within": "1d"}])
    assert found(root) == rules


@pytest.mark.parametrize(
    ("zone", "clock", "said"),
    [
        ("Europe/Berlin", "02:30", "02:30 is skipped on 2027-03-28 in Europe/Berlin, when the clocks change"),
        ("America/Havana", "00:30", "00:30 is skipped on 2027-03-14 in America/Havana, when the clocks change"),
        ("America/Santiago", "23:30", "23:30 comes twice on 2027-04-03 in America/Santiago, when the clocks change"),
    ],
)
def test_an_hour_that_comes_twice_or_not_at_all(root: Path, zone: str, clock: str, said: str) -> None:
    write(root, "configs/shop.yaml", {"currency": "RUB", "time_zone": zone})
    steps = [{"wait": {"until": clock}}, {"send": "hello", "relevant_for": "10h"}]
    journey(root, leave=LEAVE, steps=steps)
    (remark,) = linted(root).remarks
    assert (remark.rule, remark.text) == ("ambiguous_hour", said)


@pytest.mark.parametrize(("zone", "clock"), [("Europe/Moscow", "02:30"), ("Europe/Berlin", "03:00")])
def test_an_hour_that_comes_once(root: Path, zone: str, clock: str) -> None:
    write(root, "configs/shop.yaml", {"currency": "RUB", "time_zone": zone})
    journey(root, leave=LEAVE, steps=[{"wait": {"until": clock}}, {"send": "hello"}])
    assert found(root) == []


TEXT = """\
title: X
owner: crm@shop.example
topic: carts
enter: {when: cart_updated, again_after: 7d}
leave: [{when: order_completed}]
steps:
  - choose:
      - if: [{cart.total: {more_than: 5000}}]
        then:
          - {send: hello, relevant_for: 1h}
"""


def test_a_remark_stands_at_its_line_and_column(root: Path) -> None:
    write(root, "configs/journeys/x.yaml", TEXT)
    (remark,) = linted(root).remarks
    assert str(remark) == (
        "configs/journeys/x.yaml:10:27: warning late_fallback: "
        "SMS may come too late: the channels before stay silent longer than an hour"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("relevant_for: 1h}", "relevant_for: 1h}   # lint: ignore late_fallback: not more than once"),
        ("        then:\n", "        then:\n          # lint: ignore late_fallback\n\n          # really\n"),
        (
            "        then:\n",
            "        then:\n          # lint: ignore late_fallback\n          # lint: ignore capped_out\n",
        ),
        ("        then:\n", "        then:\n          # It is meant.   # lint: ignore capped_out, late_fallback\n"),
    ],
    ids=["in the line", "above it", "several rules", "several comments"],
)
def test_what_the_file_ignores(root: Path, old: str, new: str) -> None:
    write(root, "configs/journeys/x.yaml", TEXT.replace(old, new))
    found = linted(root)
    assert "late_fallback" not in [remark.rule for remark in found.remarks]
    assert found.ignored == 1


def test_a_comment_that_ignores_nothing_is_a_remark(root: Path) -> None:
    write(root, "configs/journeys/x.yaml", TEXT.replace("1h}", "1d}   # lint: ignore late_fallback, late_falback"))
    assert [str(remark) for remark in linted(root).remarks] == [
        "configs/journeys/x.yaml:10:1: warning idle_comment: "
        "'late_fallback' has nothing against that line: remove the comment",
        "configs/journeys/x.yaml:10:1: warning idle_comment: "
        "unknown rule 'late_falback', did you mean 'late_fallback'?",
    ]


def test_one_journey_by_name(root: Path) -> None:
    journey(root, "good")
    journey(root, "bad", cascade=[{"channel": "email"}])
    assert linted(root, "good").remarks == ()
    assert len(linted(root, "bad").remarks) == 1
    with pytest.raises(NotFound, match="unknown journey 'goood'"):
        linted(root, "goood")
