"""What waits, experiments and steps that do something say, and the canonical model of each."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import PathRef, ValueType
from kaskad.domain.journeys.providers import WebhookSpec
from kaskad.domain.journeys.step import (
    Assignment,
    LeaveStep,
    SendStep,
    SetStep,
    SplitPath,
    SplitStep,
    StartStep,
    Step,
    WaitStep,
    WebhookStep,
)
from kaskad.domain.journeys.wait_until import Until, UntilClockTime, UntilRelativeTime
from tests.unit.config.written_project import Written

DAY = 86_400


def moment(path: str, side: str = "after", days: int = 7, kind: ValueType = ValueType.TIME) -> UntilRelativeTime:
    return UntilRelativeTime(by=Duration(seconds=days * DAY), side=side, path=path, type=kind)


UNTIL: list[tuple[str, Until]] = [
    ('"10:00"', UntilClockTime(at=time(10))),
    ('saturday "11:00"', UntilClockTime(at=time(11), weekday=5)),
    ("Monday 09:30", UntilClockTime(at=time(9, 30), weekday=0)),
    ("3d after enter", moment("enter", days=3)),
    ("7d before customer.points.next_expiry.at", moment("customer.points.next_expiry.at", "before")),
    ("14d after order.delivered_at", moment("order.delivered_at", days=14)),
    ("120d after customer.last_order.at", moment("customer.last_order.at", days=120)),
    (
        "1 day after customer.member_since",
        UntilRelativeTime(by=Duration(days=1), side="after", path="customer.member_since"),
    ),
    ("7d before customer.ends_on", moment("customer.ends_on", "before", kind=ValueType.DATE)),
    (
        "product.refill_days after order.delivered_at",
        UntilRelativeTime(by=PathRef(path="product.refill_days"), side="after", path="order.delivered_at"),
    ),
]
STEPS: list[tuple[str, Step]] = [
    (
        "{send: hello, name: h, sender: event.franchise_id, together: 3d}",
        SendStep(name="h", message="hello", sender="event.franchise_id", together=Duration(seconds=3 * DAY)),
    ),
    (
        "{split: {name: o, judge: goal, paths: {a: {share: 33.3%, steps: [wait: 1h]}, b: {share: 66.7%, steps: []}}}}",
        SplitStep(
            name="o",
            judge="goal",
            paths=(
                SplitPath(name="a", share=Decimal("0.333"), steps=(WaitStep(for_=Duration(seconds=3600)),)),
                SplitPath(name="b", share=Decimal("0.667")),
            ),
        ),
    ),
    (
        '{set: {customer.level: gold, customer.member_since: "2027-03-05T12:00Z", customer.tags: [a, b]}, name: s}',
        SetStep(
            name="s",
            assignments=(
                Assignment(attribute="level", type=ValueType.TEXT, value="gold"),
                Assignment(attribute="member_since", type=ValueType.TIME, value="2027-03-05T12:00:00+00:00"),
                Assignment(attribute="tags", type=ValueType.LIST, value=("a", "b")),
            ),
        ),
    ),
    (
        "{set: {customer.level: event.franchise_id}}",
        SetStep(
            assignments=(Assignment(attribute="level", type=ValueType.TEXT, value=PathRef(path="event.franchise_id")),)
        ),
    ),
    ("webhook: erase_account", WebhookStep(webhook="erase_account")),
    ("{start: other, name: to_other}", StartStep(name="to_other", journey="other")),
    ("leave", LeaveStep()),
    ("leave:", LeaveStep()),
    ("{leave: had enough, name: out}", LeaveStep(name="out", why="had enough")),
]
HOOK = (
    'erase_account: {title: Erase, url: "${SHOP:-https://shop.example}/hooks", secret: KEY, method: PUT, '
    "headers: {X-Shop: pizza}, timeout: 5s, on_unknown: never_resend}\n"
)


@pytest.fixture
def whole(project: Written) -> Written:
    """With all that these steps refer to."""
    project.write("attributes.yaml", "level: text\nmember_since: time\nends_on: date\ntags: list\n")
    project.write("webhooks.yaml", HOOK)
    project.write("journeys/other.yaml", (project.root / "configs" / "journeys" / "x.yaml").read_text())
    project.replace("topic: carts\n", "topic: carts\ngoal: {when: order_completed, within: 7d}\n")
    return project


@pytest.mark.parametrize(("text", "until"), UNTIL, ids=[text for text, _ in UNTIL])
def test_until(whole: Written, text: str, until: Until) -> None:
    whole.replace("  - wait: 24h\n", f"  - wait: {{until: {text}}}\n")
    assert whole.load().journeys["x"].steps[1] == WaitStep(until=until)


@pytest.mark.parametrize(("text", "step"), STEPS, ids=[text for text, _ in STEPS])
def test_step(whole: Written, text: str, step: Step) -> None:
    whole.replace("  - wait: 24h\n", f"  - {text}\n")
    assert whole.load().journeys["x"].steps[1] == step


def test_webhooks(whole: Written) -> None:
    assert whole.load(SHOP="https://pizza.example").webhooks == {
        "erase_account": WebhookSpec(
            name="erase_account",
            title="Erase",
            url="${SHOP:-https://shop.example}/hooks",
            secret_env="KEY",
            method="PUT",
            headers={"X-Shop": "pizza"},
            timeout=Duration(seconds=5),
            on_unknown="never_resend",
        )
    }
