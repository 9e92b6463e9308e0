"""Broken journeys, and exactly what is said of each: line, column and what would be right."""

from __future__ import annotations

import pytest

from tests.unit.config.written_project import Written

# what stands in the journey, what is written instead, what is said
JOURNEYS = [
    ("steps:", "stepz:", "7:1: unknown key 'stepz', did you mean 'steps'?"),
    ("title: X\n", "", "1:1: 'title' is missing: what people call this journey"),
    ("owner: crm@shop.example", "owner: crm", "2:8: 'crm' is not an e-mail address: write one like crm@shop.example"),
    ("topic: carts", "topic: cart", "3:8: unknown topic 'cart', did you mean 'carts'?"),
    ("topic: carts\n", "", "1:1: 'topic' is missing: marketing needs one of configs/topics.yaml"),
    (
        "topic: carts",
        "purpose: marketting\ntopic: carts",
        "3:10: unknown purpose 'marketting', did you mean 'marketing'?",
    ),
    ("topic: carts", "topic: carts\nsender: shpo", "4:9: unknown sender 'shpo', did you mean 'shop'?"),
    (
        "topic: carts",
        "topic: carts\nsender: event.franchise",
        "4:9: unknown text of the event 'event.franchise', did you mean 'event.franchise_id'?",
    ),
    ("topic: carts", "topic: carts\npriority: high", "4:11: a whole number is needed here, not 'high'"),
    ("topic: carts", "topic: carts\nholdout: 5", "4:10: '5' is not a part in percent below 100: write one like 5%"),
    ("topic: carts", "topic: carts\ncascade: defualt", "4:10: unknown cascade 'defualt', did you mean 'default'?"),
    (
        "topic: carts",
        "topic: carts\ncascade: [{channel: push}, {channel: sms}]",
        "4:11: 'fallback_after' is missing: every channel but the last needs it",
    ),
    (
        "topic: carts",
        "topic: carts\ncascade: [{channel: emial}]",
        "4:21: unknown channel 'emial', did you mean 'email'?",
    ),
    (
        "topic: carts",
        "topic: carts\ncascade: [{channel: viber}]",
        "4:21: channel 'viber' is not in configs/channels.yaml: write its price and providers there",
    ),
    ("topic: carts", "topic: carts\ncascade: []", "4:10: at least one channel is needed in the list"),
    (
        "topic: carts",
        "topic: carts\ncascade: [{channel: push, fallback_after: 2h}, {channel: push}]",
        "4:48: channel 'push' stands in this cascade twice",
    ),
    (
        "topic: carts",
        'topic: carts\nsend_window: {from: "9:00", to: "21:00"}',
        "4:21: '9:00' is not an hour of the day: write one like \"09:00\", in quotes",
    ),
    (
        "topic: carts",
        'topic: carts\nsend_window: {from: 09:00, to: "21:00"}',
        '4:21: a time needs quotes: write "09:00"',
    ),
    (
        "topic: carts",
        'topic: carts\nsend_window: {from: "09:00", to: "09:00"}',
        "4:34: both hours are the same: nothing lies between them",
    ),
    (
        "topic: carts",
        'topic: carts\nsend_window: {from: "09:00", to: "21:00", outside: hold}',
        "4:52: unknown value 'hold': use wait or skip",
    ),
    ("topic: carts", "topic: carts\nfresh_data: {stroe: 30m}", "4:14: unknown source 'stroe', did you mean 'store'?"),
    (
        "topic: carts",
        "topic: carts\nfresh_data: {store: 30}",
        "4:21: '30' is not a duration: write one like 30m, 24h, 7d, or 1 day for a calendar day",
    ),
    (
        "topic: carts",
        "topic: carts\nleave: [{when: order_complete}]",
        "4:16: unknown event 'order_complete', did you mean 'order_completed'?",
    ),
    (
        "topic: carts",
        "topic: carts\nleave: [{when: order_completed, same: basket}]",
        "4:39: unknown value 'basket': use cart, product, order or email",
    ),
    ("topic: carts", "topic: carts\nleave: {when: order_completed}", "4:8: a list is needed here, not a mapping"),
    (
        "topic: carts",
        "topic: carts\ngoal: {when: order_completed}",
        "4:7: 'within' is missing: how long after entering it counts, like 7d",
    ),
    (
        "topic: carts",
        "topic: carts\nsenders: franchises",
        "4:1: 'senders' belongs to a campaign: move the file to configs/campaigns/",
    ),
    ("  again_after: 7d\n", "", "5:3: 'again_after' is missing: always, never, or a duration like 7d"),
    ("again_after: 7d", "again_after: alway", "6:16: unknown value 'alway', did you mean 'always'?"),
    ("again_after: 7d", "again_after: sometimes", "6:16: 'sometimes' is not always, never, or a duration like 7d"),
    (
        "again_after: 7d",
        "again_after: 7 h",
        "6:16: '7 h' is not a duration: write one like 30m, 24h, 7d, or 1 day for a calendar day",
    ),
    (
        "again_after: 7d",
        "again_after: 7",
        "6:16: '7' is not a duration: write one like 30m, 24h, 7d, or 1 day for a calendar day",
    ),
    (
        "  when: cart_updated\n",
        "",
        "5:3: a way in is missing: write 'when', 'product', 'date', 'schedule' or 'segment', "
        "like 'when' with the name of an event",
    ),
    ("  when: cart_updated\n", "  segment: silent\n", "5:12: unknown segment 'silent': none is defined yet"),
    (
        "when: cart_updated",
        "when: cart_updated\n  product: back_in_stock",
        "6:3: 'when' and 'product' are two ways in: a journey has one",
    ),
    (
        "when: cart_updated",
        "when: cart_updated\n  for_each: order.itmes",
        "6:13: unknown list of the event 'order.itmes', did you mean 'order.items'?",
    ),
    (
        "  when: cart_updated\n",
        "  product: back_in_stock\n  who: [subscribed]\n  release: {people: 0, every: 1h}\n",
        "7:21: a whole number from 1 to 1000000 is needed here, not '0'",
    ),
    (
        "when: cart_updated",
        "when: cart_updated\n  once_per: basket",
        "6:13: unknown value 'basket': use customer, cart, product, order or email",
    ),
]


@pytest.mark.parametrize("case", JOURNEYS, ids=lambda case: case[1].strip()[-40:])
def test_journey(project: Written, case: tuple[str, ...]) -> None:
    old, new, *said = case
    project.replace(old, new)
    assert project.said() == said


def test_every_problem_of_every_file_is_said_at_once(project: Written) -> None:
    project.replace("topic: carts", "topic: cart")
    project.replace("  - wait: 24h", "  - choose:\n      - {if: [], then: [{snd: hello}]}")
    project.write("topics.yaml", "carts: {starts: later}\n")
    assert [str(problem) for problem in project.problems()] == [
        "configs/journeys/x.yaml:3:8: unknown topic 'cart', did you mean 'carts'?",
        "configs/journeys/x.yaml:10:26: unknown step 'snd', did you mean 'send'?",
        "configs/topics.yaml:1:17: unknown value 'later': use subscribed or unsubscribed",
    ]


def test_a_misspelt_key_in_a_step(project: Written) -> None:
    project.replace("  - wait: 24h", "  - choose:\n      - if: []\n        stepz: []\n        then: []\n    elze: []")
    assert project.said() == [
        "11:9: unknown key 'stepz': use if or then",
        "13:5: unknown key 'elze', did you mean 'else'?",
    ]
