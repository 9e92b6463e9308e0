"""The promises, attacked: a machine that buys, withdraws, answers late, dies and turns clocks as it likes.

`KASKAD_EXAMPLES=5000 pytest tests/unit/domain/test_promises.py` looks for longer.
"""

from __future__ import annotations

import os
from copy import deepcopy
from datetime import time, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.facts import Consent
from kaskad.domain.outcome import MessageStatus
from tests.support.engine import promises
from tests.support.engine.pure_engine import CLAIMED, SENDING, SENT, UNKNOWN, PureEngine
from tests.support.engine.pure_journeys import CAPS, QUIET, STARTS, VERSIONS, shop
from tests.support.engine.pure_tables import Event, Message
from tests.support.engine.pure_world import World

TRIGGERS = ("cart_updated", "product_viewed", "order_paid", "asked")
HAPPENINGS = st.sampled_from([*TRIGGERS, *TRIGGERS, "order_completed"])
MINUTES = [1, 20, 61, 61, 121, 300, 721, 1441, 1441, 3000, 6000, 7300, 10_081]
CLOCKS = [time(7, 45), time(9, 10), time(10, 30), time(14), time(21, 30), time(22, 10), time(23, 59)]
AGO = st.sampled_from([0, 0, 0, 1, 30, 90, 600, 2000]).map(lambda minutes: timedelta(minutes=minutes))
AHEAD = st.sampled_from([*(timedelta(minutes=minutes) for minutes in MINUTES), *CLOCKS, *CLOCKS])
CHANNELS = st.sampled_from([Channel.PUSH, Channel.EMAIL, Channel.SMS])
ANSWERS = st.sampled_from(
    ["sent", "sent", "sent", "opened", "failed", "unknown", "unknown", "retry", "dead", "nothing"]
)
RECEIPTS = st.sampled_from(["opened", "delivered", "failed", "by a machine", "complained", "unsubscribed"])
TOLD = st.sampled_from(["sent", "failed", "never came", "nobody knows"])
# Between the claims and the looks: nothing, a purchase, time, a withdrawal, a word on the topic, another shelf.
WORDS = [("consent", Channel.PUSH), ("consent", Channel.EMAIL), ("topic", False)]
DELAYS = [timedelta(minutes=70), timedelta(hours=5), timedelta(hours=10), timedelta(hours=31), timedelta(days=3)]
SHELVES = [("shelf", False), ("shelf", None)]
BETWEEN = st.sampled_from([None, None, None, None, "order_completed", *WORDS, *DELAYS, *SHELVES])
RUN = st.tuples(AHEAD, st.none() | HAPPENINGS, BETWEEN, st.lists(ANSWERS, min_size=4, max_size=4))


class Promises(RuleBasedStateMachine):
    """One customer, four journeys."""

    engine: PureEngine
    world: World

    @initialize(
        start=st.sampled_from(STARTS),
        caps=st.sampled_from(CAPS),
        quiet=st.sampled_from(QUIET),
        first=st.sets(st.sampled_from(TRIGGERS), min_size=1),
    )
    def begins(self, start: Any, caps: Any, quiet: Any, first: set[str]) -> None:
        zone, now = start
        consents = [Consent(None, None, True, now - timedelta(days=9))]
        contacts = dict.fromkeys((Channel.PUSH, Channel.EMAIL, Channel.SMS), "active")
        self.engine = PureEngine(
            World(zone, shop(caps, quiet), VERSIONS, now, contacts, consents, heard={"store": now})
        )
        self.world = self.engine.world
        for name in sorted(first):
            self.engine.happens(name)

    def has(self, *statuses: MessageStatus) -> bool:
        return hasattr(self, "engine") and bool(self.engine.with_status(*statuses))

    def any_of(self, data: st.DataObject, *statuses: MessageStatus) -> Message:
        return data.draw(st.sampled_from(self.engine.with_status(*statuses)))

    @rule(runs=st.lists(RUN, min_size=1, max_size=4))
    def the_engine_runs(self, runs: list[tuple[Any, ...]]) -> None:
        """Time goes by, and all that is due is decided and sent; something happens between the claims and the looks."""
        engine, world = self.engine, self.world
        for ahead, news, between, answers in runs:
            engine.time_goes_by(ahead)
            world.in_stock, world.heard = True, {"store": world.now}
            if news:
                engine.happens(news)
            for message in engine.with_status(UNKNOWN):
                engine.resolve(message)
            engine.passes()
            engine.claims()
            self.meanwhile(between)
            engine.checks_sends()
            for message, said in zip(engine.with_status(SENDING), answers, strict=False):
                engine.answers(message, said)
            engine.passes()

    def meanwhile(self, what: Any) -> None:
        match what:
            case "order_completed":
                self.engine.happens(what)
            case timedelta():
                self.engine.time_goes_by(what)
            case "consent", channel:
                self.says(channel, None, False, timedelta(0))
            case "topic", granted:
                self.says(None, "carts", granted, timedelta(0))
            case "shelf", truth:
                self.world.in_stock = truth

    @rule(name=HAPPENINGS, ago=AGO)
    def happens(self, name: str, ago: timedelta) -> None:
        self.engine.happens(name, ago)

    @rule(happenings=st.lists(st.tuples(HAPPENINGS, AGO), min_size=2, max_size=5), data=st.data())
    def arrives_in_any_order(self, happenings: list[tuple[str, timedelta]], data: st.DataObject) -> None:
        """The same events in another order: the same decisions, as long as none fell due in between."""
        first = len(self.world.events)
        events = [Event(first + number, name, self.world.now - ago) for number, (name, ago) in enumerate(happenings)]
        other = PureEngine(deepcopy(self.world))
        for event in events:
            self.world.happens(event)
        for event in data.draw(st.permutations(events)):
            other.world.happens(event)
        self.engine.passes()
        other.passes()
        assert self.world.enrollments == other.world.enrollments, "the order of arrival does not matter"
        assert self.world.messages == other.world.messages

    @rule(ahead=AHEAD)
    def time_goes_by(self, ahead: timedelta | time) -> None:
        self.engine.time_goes_by(ahead)

    @rule(channel=st.none() | CHANNELS, topic=st.sampled_from([None, "carts"]), granted=st.booleans(), ago=AGO)
    def says(self, channel: Channel | None, topic: str | None, granted: bool, ago: timedelta) -> None:
        self.world.consents.append(Consent(channel, topic, granted, self.world.now - ago))

    @rule(truth=st.sampled_from([True, False, None]))
    def the_shelf_changes(self, truth: bool | None) -> None:
        self.world.in_stock = truth

    @rule()
    def a_pass(self) -> None:
        self.engine.passes()

    @rule()
    def all_is_claimed(self) -> None:
        self.engine.claims()

    @rule()
    def all_is_looked_at(self) -> None:
        self.engine.checks_sends()

    @precondition(lambda self: self.has(CLAIMED, SENDING))
    @rule()
    def the_worker_dies(self) -> None:
        self.engine.dies()

    @precondition(lambda self: self.has(SENDING))
    @rule(data=st.data(), said=ANSWERS)
    def an_answer(self, data: st.DataObject, said: str) -> None:
        self.engine.answers(self.any_of(data, SENDING), said)

    @precondition(lambda self: self.has(SENT, UNKNOWN, SENDING))
    @rule(data=st.data(), kind=RECEIPTS, ago=AGO)
    def a_receipt(self, data: st.DataObject, kind: str, ago: timedelta) -> None:
        self.engine.receipt(self.any_of(data, SENT, UNKNOWN, SENDING), kind, ago)

    @precondition(lambda self: self.has(UNKNOWN))
    @rule(data=st.data(), said=TOLD, ahead=st.sampled_from([timedelta(0), timedelta(days=1)]))
    def an_unknown_is_asked_about(self, data: st.DataObject, said: str, ahead: timedelta) -> None:
        self.engine.time_goes_by(ahead)
        message = self.any_of(data, UNKNOWN)
        match said:
            case "never came":
                self.engine.never_came(message)
            case "nobody knows":
                self.engine.resolve(message)
            case _:
                self.world.settle(message, MessageStatus(said))

    @invariant()
    def caps_hold(self) -> None:
        if hasattr(self, "engine"):
            promises.caps_hold(self.world)

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.to_the_end()


TestPromises = Promises.TestCase
TestPromises.settings = settings(
    max_examples=int(os.environ.get("KASKAD_EXAMPLES", "120")),
    stateful_step_count=25,
    report_multiple_bugs=False,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
