"""Each short form of steps, entrances and files, and the canonical model that it stands for."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal

import pytest

from kaskad.domain.channel import Channel
from kaskad.domain.duration import Duration
from kaskad.domain.errors import InvalidFiles
from kaskad.domain.journeys.cascade import Cascade, CascadeOrder, ChannelStep
from kaskad.domain.journeys.condition import (
    Compare,
    DidEvent,
    EventMatch,
    MessageState,
    Op,
    PathRef,
    SameAs,
    Value,
    ValueType,
)
from kaskad.domain.journeys.entry_trigger import Audience, ProductTrigger, Release
from kaskad.domain.journeys.journey import Goal, Journey, Purpose, SendWindow, Window
from kaskad.domain.journeys.policy import Cap, RetentionPolicy
from kaskad.domain.journeys.providers import ProviderSpec, SuccessRule
from kaskad.domain.journeys.step import (
    Branch,
    CallStep,
    ChooseStep,
    MessageMatch,
    SendStep,
    Step,
    WaitForStep,
    WaitStep,
)
from kaskad.domain.journeys.wait_until import UntilRelativeTime
from tests.unit.config.written_project import Written

HOUR, DAY = 3_600, 86_400
BOUGHT = DidEvent(event="order_completed")


def compare(path: str, op: Op, value: Value, kind: ValueType) -> Compare:
    return Compare(path=path, op=op, value=value, type=kind)


STEPS: list[tuple[str, Step]] = [
    ("wait: 30m", WaitStep(for_=Duration(seconds=1_800))),
    ("wait: 2w", WaitStep(for_=Duration(seconds=14 * DAY))),
    ("wait: 1 day", WaitStep(for_=Duration(days=1))),
    ("{wait: 2 days, name: rest}", WaitStep(name="rest", for_=Duration(days=2))),
    (
        "wait: {until: 72h after enter}",
        WaitStep(until=UntilRelativeTime(by=Duration(seconds=72 * HOUR), side="after", path="enter")),
    ),
    (
        "{send: script, relevant_for: 12h, cascade: [{channel: email}], if: {did: order_completed}}",
        SendStep(
            message="script",
            relevant_for=Duration(seconds=12 * HOUR),
            cascade=Cascade(channels=(ChannelStep(channel=Channel.EMAIL),)),
            if_=(BOUGHT,),
        ),
    ),
    (
        "{call: sales, script: script, within: 4h}",
        CallStep(team="sales", script="script", within=Duration(seconds=4 * HOUR)),
    ),
    (
        "{choose: [{if: [{did: order_completed}], then: [{send: script}]}], else: [{wait: 1h}]}",
        ChooseStep(
            branches=(Branch(if_=(BOUGHT,), then=(SendStep(message="script"),)),),
            else_=(WaitStep(for_=Duration(seconds=HOUR)),),
        ),
    ),
    (
        "{wait_for: {when: order_completed, same: cart, up_to: 1d}, then: [{send: script}]}",
        WaitForStep(
            event=EventMatch(when="order_completed", same=SameAs.CART),
            up_to=Duration(seconds=DAY),
            then=(SendStep(message="script"),),
        ),
    ),
    (
        "{wait_for: {message: hello, was: clicked, up_to: 5d}, else: [{send: script}]}",
        WaitForStep(
            message=MessageMatch(message="hello", was=MessageState.CLICKED),
            up_to=Duration(seconds=5 * DAY),
            else_=(SendStep(message="script"),),
        ),
    ),
]


def loaded(project: Written) -> Journey:
    return project.load().journeys["x"]


@pytest.mark.parametrize(("text", "step"), STEPS, ids=[text for text, _ in STEPS])
def test_step(project: Written, text: str, step: Step) -> None:
    project.replace("  - wait: 24h\n", f"  - {text}\n")
    assert loaded(project).steps[1] == step


def test_what_is_not_written_is_as_usual(project: Written) -> None:
    journey = loaded(project)
    assert (journey.name, journey.purpose, journey.sender, journey.priority) == ("x", Purpose.MARKETING, "shop", 50)
    assert journey.enter.once_per == ()
    assert journey.enter.again_after == Duration(seconds=7 * DAY)
    assert [channel_step.channel for channel_step in journey.cascade.channels] == [Channel.PUSH, Channel.SMS]
    assert journey.cascade.name == "default"


def test_the_head_of_a_journey(project: Written) -> None:
    project.replace(
        "topic: carts\n",
        "purpose: requested\nsender: event.franchise_id\npriority: 7\nholdout: 2.5%\n"
        "fresh_data: {store: 30m}\nedits: pin\n"
        'send_window: {from: "09:00", to: "21:00", outside: skip}\n'
        "leave: [{when: order_completed, same: cart}]\ngoal: {when: order_completed, within: 7d}\n"
        "cascade: [{channel: push, success: opened, fallback_after: 1h}, {channel: sms}]\n",
    )
    journey = loaded(project)
    assert (journey.purpose, journey.topic, journey.sender) == (Purpose.REQUESTED, None, "event.franchise_id")
    assert (journey.priority, journey.holdout) == (7, Decimal("0.025"))
    assert journey.fresh_data == {"store": Duration(seconds=1_800)}
    assert journey.send_window == SendWindow(from_=time(9), to=time(21), outside="skip")
    assert journey.leave == (EventMatch(when="order_completed", same=SameAs.CART),)
    assert journey.goal == Goal(when="order_completed", within=Duration(seconds=7 * DAY))
    push = ChannelStep(channel=Channel.PUSH, success=MessageState.OPENED, fallback_after=Duration(seconds=HOUR))
    assert journey.cascade.channels == (push, ChannelStep(channel=Channel.SMS))


def test_a_product_lets_people_in(project: Written) -> None:
    project.replace(
        "  when: cart_updated\n  again_after: 7d\n",
        "  product: back_in_stock\n  who: [subscribed, viewed 30d]\n  again_after: always\n"
        "  release: {people: 10, per: unit, every: 1h}\n  if: [{product.stock: {at_least: event.stock}}]\n",
    )
    as_many = compare("product.stock", Op.AT_LEAST, PathRef(path="event.stock"), ValueType.NUMBER)
    assert loaded(project).enter == ProductTrigger(
        product="back_in_stock",
        who=(Audience(kind="subscribed"), Audience(kind="viewed", within=Duration(seconds=30 * DAY))),
        release=Release(people=10, every=Duration(seconds=HOUR)),
        if_=(as_many,),
        again_after="always",
    )


def test_a_message_may_be_sent_twice_under_two_names(project: Written) -> None:
    project.replace("send: goodbye", "{send: hello, name: hello_again}")
    assert [step.name for step in loaded(project).steps] == [None, None, "hello_again"]


def test_event_is_the_one_that_let_the_customer_in_also_in_a_where(project: Written) -> None:
    where = "topic: carts\nleave: [{when: order_completed, where: [{event.%s: a}]}]"
    project.replace("topic: carts", where % "cart_id")
    assert loaded(project).leave[0].where == (compare("event.cart_id", Op.IS, "a", ValueType.TEXT),)
    project.replace("event.cart_id", "event.place")
    assert project.said() == [
        "4:42: unknown path 'event.place': use event.cart_id, event.old_price or event.franchise_id"
    ]


def test_a_cap_counts_across_senders_unless_it_says_each(project: Written) -> None:
    caps = "{at_most: 2, per: day}, {at_most: 2, per: day, across: senders}, {at_most: 2, per: day, each: sender}"
    project.write("policy.yaml", f"caps: [{caps}]\n")
    assert [cap.each for cap in project.load().policy.caps] == [None, None, "sender"]


def test_the_files_beside_the_journeys(project: Written) -> None:
    project.write("policy.yaml", 'quiet_hours: "21:00 – 09:00"\ncaps: [{at_most: 2, per: day}]\nkeep: {events: 90d}\n')
    project.write(
        "cascades.yaml", "default: {order: cheapest, channels: [{channel: sms}, {channel: push, fallback_after: 1h}]}\n"
    )
    project.write(
        "channels.yaml", "push: {providers: [box], cost: 0 RUB, rate: 90/m}\nsms: {providers: [box], cost: 2.00 RUB}\n"
    )
    loaded = project.load()
    assert loaded.policy.quiet_hours == Window(from_=time(21), to=time(9))
    assert loaded.policy.caps == (Cap(at_most=2, per="day"),)
    assert loaded.policy.keep == RetentionPolicy(events=Duration(seconds=90 * 86_400))
    assert loaded.cascades["default"].order is CascadeOrder.CHEAPEST
    assert loaded.costs() == {Channel.PUSH: Decimal(0), Channel.SMS: Decimal("2.00")}
    assert loaded.channels[Channel.PUSH].rate == 1.5
    assert loaded.events["cart_updated"].aliases == ("Cart Updated",)
    assert loaded.senders["shop"].addresses[Channel.SMS] == "SHOP"
    assert loaded.sources["store"].open == Window(from_=time(9), to=time(22))


def test_addresses_stay_as_they_are_written_whatever_the_environment_has(project: Written) -> None:
    written = "${BOX:-http://127.0.0.1:1}/sms"
    project.write(
        "providers.yaml",
        f'box: {{adapter: http, url: "{written}", secret: BOX_SECRET, keeps_keys: 24h, options: {{a: [1]}}}}\n',
    )
    project.write("webhooks.yaml", 'crm: {url: "${HOST}/hooks", secret: CRM_SECRET}\n')
    provider = project.load().providers["box"]
    assert provider.keeps_keys.shortest == timedelta(hours=24)
    assert (provider.url, provider.secret_env) == (written, "BOX_SECRET")
    assert provider.options == {"a": [1]}
    assert project.load(BOX="https://box.example", HOST="https://shop.example") == project.load()
    assert project.load().webhooks["crm"].url == "${HOST}/hooks"


@pytest.mark.parametrize("name", ["providers", "webhooks"])
def test_an_address_is_checked_where_its_variables_are_set(project: Written, name: str) -> None:
    adapter = "adapter: http, " if name == "providers" else ""
    project.write(f"{name}.yaml", f'box: {{{adapter}url: "${{BOX}}/x", secret: BOX_SECRET}}\n')
    project.load()
    project.load(BOX="https://box.example")
    for wrong in ("nonsense", "box.example:80", "//box.example"):
        with pytest.raises(InvalidFiles, match="is not an address"):
            project.load(BOX=wrong)


SUCCESSES = [
    ("{status: [200, 204], body: any}", SuccessRule(status=(200, 204), body="any")),
    ("{text: [OK, accepted]}", SuccessRule(text=("OK", "accepted"))),
    ("{starts: ['OK - ', accepted]}", SuccessRule(starts=("OK - ", "accepted"))),
    (
        "{json: {result.status: [ok, 1], error: null, done: true, a.0: 1.5}, id: result.id}",
        SuccessRule(
            document={"result.status": ("ok", 1), "error": (None,), "done": (True,), "a.0": (1.5,)}, id="result.id"
        ),
    ),
    ("{id: messages.0.id}", SuccessRule(id="messages.0.id")),
]


@pytest.mark.parametrize(("written", "read"), SUCCESSES)
def test_what_success_is_can_be_said(project: Written, written: str, read: SuccessRule) -> None:
    project.write("providers.yaml", f"box: {{adapter: http, url: 'http://box.example', success: {written}}}\n")
    spec = project.load().providers["box"]
    assert spec.success == read
    assert ProviderSpec.model_validate_json(spec.model_dump_json()) == spec


def test_a_provider_that_was_published_before_there_was_a_success_is_read() -> None:
    spec = ProviderSpec.model_validate({"name": "box", "adapter": "http", "url": "http://box.example"})
    assert spec.success is None
