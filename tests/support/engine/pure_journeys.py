"""Four journeys that one customer may be in at once, and the shop around them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.condition import EventMatch
from kaskad.domain.journeys.entry_trigger import EventTrigger
from kaskad.domain.journeys.journey import Purpose, SendWindow, Window
from kaskad.domain.journeys.policy import Cap, Policy
from kaskad.domain.journeys.project import Project, Sender
from kaskad.domain.journeys.providers import ChannelSpec
from kaskad.domain.journeys.step import WaitStep
from kaskad.domain.journeys.version import Version
from tests.support.engine.builders import (
    ASKED,
    cascade,
    channel_step,
    project,
    send,
    span,
    version,
    wait,
    wait_for,
    window,
)

BOUGHT = (EventMatch(when="order_completed"),)
LADDER = cascade(channel_step("push", "opened", 2), channel_step("email", "opened", 24), channel_step("sms"))
SHORT = cascade(channel_step("email", "delivered", 1), channel_step("push"))
ONE = cascade(channel_step("sms"))


def entrance(when: str, **more: object) -> EventTrigger:
    """An event lets people in, as often as it comes."""
    return EventTrigger.model_validate({"when": when, "again_after": "always", **more})


def hours(from_: str, to: str, outside: str) -> SendWindow:
    """A journey's own window."""
    return SendWindow.model_validate({**window(from_, to).model_dump(), "outside": outside})


CART = version(
    send("reminder", relevant_for=span(hours=30)),
    wait(hours=24),
    send("last_reminder", relevant_for=span(hours=12), cascade=SHORT),
    name="cart",
    topic="carts",
    cascade=LADDER,
    enter=entrance("cart_updated", quiet_for=span(hours=1)),
    leave=BOUGHT,
    only_while=ASKED,
)
LETTER = version(
    send("letter", relevant_for=span(days=3)),
    name="letter",
    topic="carts",
    priority=80,
    sender="club",
    cascade=SHORT,
    enter=entrance("product_viewed"),
    leave=BOUGHT,
    send_window=hours("10:00", "20:00", "skip"),
    fresh_data={"store": Duration(seconds=3_600)},
)
ORDER = version(
    send("order", relevant_for=span(hours=6)),
    name="order",
    priority=90,
    purpose=Purpose.TRANSACTIONAL,
    cascade=LADDER,
    enter=entrance("order_paid"),
)
LATER = (WaitStep(name="a day", for_=Duration(days=1)), send("answer", relevant_for=span(days=2)))
ASKED_FOR = version(
    wait_for("order_paid", then=(send("thanks", relevant_for=span(days=2)),), else_=LATER),
    send("offer", relevant_for=span(days=2), cascade=ONE),
    name="asked_for",
    topic="carts",
    priority=20,
    cascade=SHORT,
    enter=entrance("asked", quiet_for=span(hours=1)),
    leave=BOUGHT,
    send_window=hours("08:00", "22:30", "wait"),
)
VERSIONS: dict[str, Version] = {version.journey.name: version for version in (CART, LETTER, ORDER, ASKED_FOR)}

# The nights in which clocks change, a day that one island left out, and a place where they never do.
STARTS = [
    (ZoneInfo("Europe/Berlin"), datetime(2026, 3, 28, 9, tzinfo=UTC)),
    (ZoneInfo("Europe/Berlin"), datetime(2026, 10, 24, 16, tzinfo=UTC)),
    (ZoneInfo("America/New_York"), datetime(2026, 10, 31, 15, tzinfo=UTC)),
    (ZoneInfo("Australia/Lord_Howe"), datetime(2026, 4, 4, 2, tzinfo=UTC)),
    (ZoneInfo("Asia/Kolkata"), datetime(2026, 6, 10, 6, tzinfo=UTC)),
    (ZoneInfo("Pacific/Apia"), datetime(2011, 12, 29, 23, tzinfo=UTC)),
]
CAPS: list[tuple[Cap, ...]] = [
    (),
    (Cap(at_most=1, per="day"),),
    (Cap(at_most=2, per="day", each="sender"), Cap(at_most=3, per="week")),
    (Cap(at_most=1, per="week", topic="carts", over="skip"),),
]
QUIET: list[Window | None] = [None, window("21:00", "09:00"), window("22:00", "07:30")]


def shop(caps: tuple[Cap, ...], quiet: Window | None) -> Project:
    """The shop with these caps and quiet hours; an SMS of which nobody can tell is sent again after an hour."""
    plain = project()
    sms = {spec.channel: spec for spec in plain.channels.values()}
    resent: dict[object, ChannelSpec] = {
        channel: spec.model_copy(update={"on_unknown": "resend", "deadline": span(hours=1)})
        for channel, spec in sms.items()
        if channel == "sms"
    }
    return plain.model_copy(
        update={
            "channels": {**plain.channels, **resent},
            "senders": {**plain.senders, "club": Sender(name="club")},
            "policy": Policy(quiet_hours=quiet, caps=caps),
        }
    )
