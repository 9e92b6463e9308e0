"""Short ways to write journeys, enrollments and facts, so that a case says only what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings

from kaskad.domain.channel import Channel
from kaskad.domain.decisions import engine
from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.decisions.effects import DecisionKind
from kaskad.domain.decisions.engine import Decision
from kaskad.domain.decisions.facts import Consent, CustomerFacts, Enrollment, ExitEvent, Facts
from kaskad.domain.duration import Duration
from kaskad.domain.journeys.cascade import Cascade, CascadeOrder, ChannelStep
from kaskad.domain.journeys.condition import Compare, Conditions, DidEvent, EventMatch, MessageState, Op, ValueType
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Journey, Purpose, Window
from kaskad.domain.journeys.policy import Policy
from kaskad.domain.journeys.project import Project, Sender, Topic
from kaskad.domain.journeys.providers import ChannelSpec
from kaskad.domain.journeys.step import CallStep, ChooseStep, MessageMatch, SendStep, Step, WaitForStep, WaitStep
from kaskad.domain.journeys.version import TemplateRef, Version
from kaskad.domain.outcome import EnrollmentStatus, MessageStatus, Reason

# The same examples in every run: what a run finds, the next one finds too.
PROPERTY = settings(deadline=None, derandomize=True, database=None)

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)  # a Wednesday, noon
ENTERED = NOW - timedelta(hours=1)
UTC_ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
EVERY_CHANNEL = tuple(Channel)
ASKED: Conditions = (Compare(path="customer.orders", op=Op.AT_LEAST, value=1, type=ValueType.NUMBER),)
BOUGHT: Conditions = (DidEvent(event="order_completed", since_enter=True),)


def hours(count: float) -> timedelta:
    """Elapsed hours."""
    return timedelta(hours=count)


def span(**parts: float) -> Duration:
    """A length of elapsed time: `span(hours=2)`."""
    return Duration(seconds=int(timedelta(**parts).total_seconds()))


def window(from_: str, to: str) -> Window:
    """Hours of the day: `window("21:00", "09:00")`."""
    return Window(from_=time.fromisoformat(from_), to=time.fromisoformat(to))


def channel_step(channel: str, success: str = "sent", hours: float = 0) -> ChannelStep:
    """One line of a cascade; `hours` is its `fallback_after`."""
    return ChannelStep(channel=Channel(channel), success=MessageState(success), fallback_after=span(hours=hours))


def cascade(*channel_steps: ChannelStep, order: str = "fixed") -> Cascade:
    """These lines, in this order."""
    return Cascade(name="tried", order=CascadeOrder(order), channels=channel_steps)


PUSH_THEN_EMAIL = cascade(channel_step("push", "opened", 2), channel_step("email"))


def attempt(channel: str, status: str = "sent", ago: float = 0, **known: Any) -> Attempt:
    """One message on one rung, `ago` hours before NOW."""
    return Attempt(Channel(channel), MessageStatus(status), NOW - hours(ago), **known)


def send(message: str = "hello", **more: Any) -> SendStep:
    """`send: hello`."""
    return SendStep(message=message, **more)


def wait(**parts: float) -> WaitStep:
    """`wait: 24h`, elapsed."""
    return WaitStep(for_=span(**parts))


def wait_for(event: str | None = None, was: str | None = None, **more: Any) -> WaitForStep:
    """Until the event happens, or the message `hello` `was` opened …; a day at the most."""
    match = EventMatch(when=event) if event else None
    message = MessageMatch(message="hello", was=MessageState(was)) if was else None
    return WaitForStep(event=match, message=message, name="it", **{"up_to": span(days=1), **more})


def journey(*steps: Step, **more: Any) -> Journey:
    """A marketing journey on `cart_updated` through push, then e-mail."""
    enter = EventTrigger(when="cart_updated", again_after="always")
    said = {"name": "tried", "title": "Tried", "owner": "crm@shop.example", "cascade": PUSH_THEN_EMAIL, "enter": enter}
    return Journey(**{**said, **more}, steps=steps or (send(),))


def version(*steps: Step, templates: Mapping[str, TemplateRef] | None = None, **more: Any) -> Version:
    """That journey published; each of its messages has a template for every channel."""
    written = journey(*steps, **more)
    bare = Version(journey=written, templates={})
    names = [step.script if isinstance(step, CallStep) else step.message for step in bare.program.sends()]
    all_channels = {name: TemplateRef(hash="0", channels=EVERY_CHANNEL) for name in names}
    return Version(journey=written, templates={**all_channels, **(templates or {})})


def candidate(**more: Any) -> Enrollment:
    """Somebody whom an event brought to the door an hour ago."""
    said: dict[str, Any] = {
        "id": 1,
        "customer": 7,
        "journey": "tried",
        "status": EnrollmentStatus.CANDIDATE,
        "key": "",
        "sender": "shop",
        "purpose": Purpose.MARKETING,
        "entered_at": ENTERED,
        "last_trigger_at": ENTERED,
        "due_at": NOW,
    }
    return Enrollment(**{**said, **more})


def inside(step: str = "send:hello", **more: Any) -> Enrollment:
    """Somebody at that step, which fell due just now."""
    said = {"status": EnrollmentStatus.ACTIVE, "step": step, "step_since": NOW}
    return candidate(**{**said, **more})


def consent(topic: str | None = None, channel: str | None = None, granted: bool = True, ago: float = 24) -> Consent:
    """A word of the customer, `ago` hours before NOW."""
    return Consent(Channel(channel) if channel else None, topic, granted, NOW - hours(ago))


def person(*channels: str, **more: Any) -> CustomerFacts:
    """Somebody in UTC who consented to everything and can be reached in these channels; without any, in all."""
    contacts = dict.fromkeys(map(Channel, channels or EVERY_CHANNEL), "active")
    said = {"id": 7, "zone": UTC_ZONE, "locale": "en", "contacts": contacts, "consents": (consent(),)}
    return CustomerFacts(**{**said, **more})


def facts(who: CustomerFacts | None = None, attempts: Sequence[Attempt] = (), **more: Any) -> Facts:
    """What is known; `attempts` are those of `send:hello`."""
    tried = {"send:hello": tuple(attempts)} if attempts else {}
    return Facts(**{"person": who or person(), "attempts": tried, **more})


def project(*caps: Any, quiet: Window | None = None, **more: Any) -> Project:
    """A shop with the topic `carts`, these caps, and a price for each channel."""
    prices = {"push": 0, "email": 1, "webpush": 0, "viber": 12, "sms": 20, "call": 600}
    channels = {Channel(name): ChannelSpec(channel=Channel(name), cost=cost) for name, cost in prices.items()}
    policy = Policy(quiet_hours=quiet, caps=caps)
    said = {"channels": channels, "topics": {"carts": Topic(name="carts")}, "senders": {"shop": Sender(name="shop")}}
    return Project(**{**said, "policy": policy, **more})


def decide(
    published: Version,
    enrollment: Enrollment,
    known: Facts | None = None,
    now: datetime = NOW,
    shop: Project | None = None,
) -> Decision:
    """The engine's answer."""
    return engine.decide(published, enrollment, known or facts(), now=now, project=shop or project())


def said(decision: Decision) -> list[tuple[DecisionKind, str | None, Reason | None]]:
    """What was noted, without its details."""
    return [(note.kind, note.step, note.reason) for note in decision.notes]


LEFT = ExitEvent("order_completed", NOW - timedelta(minutes=5), "store")


def choose(*branches: Any, otherwise: Sequence[Step] = ()) -> ChooseStep:
    """`choose` under the name `way`."""
    return ChooseStep(name="way", branches=branches, else_=tuple(otherwise))
