"""The cases of a journey's tests as one script: each case is a customer of its own, with its own products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from kaskad.config.test_files.cases import Case, CaseEvent, JourneyTests
from kaskad.domain.cart import SNAPSHOT
from kaskad.domain.channel import Channel
from kaskad.domain.events import IDENTIFY
from kaskad.domain.journeys.journey import Journey
from kaskad.domain.journeys.project import Project
from kaskad.services.ingestion.segment_events import IncomingEvent
from kaskad.services.simulation.script import Script, ScriptEvent, ScriptReceipt

KNOWN_BEFORE = timedelta(minutes=2)  # profiles were known that long before
AFTERWARDS = timedelta(days=60)  # a case ends when nothing has happened for that long
HEARTBEAT = timedelta(minutes=10)
TRAITS = {
    Channel.EMAIL: ("email", "{0}@customer.example"),
    Channel.SMS: ("phone", "+79{1:09}"),
    Channel.CALL: ("phone", "+79{1:09}"),
    Channel.VIBER: ("viber", "viber of {0}"),
    Channel.WEBPUSH: ("webpush", "webpush of {0}"),
    Channel.PUSH: ("push_token", "push of {0}"),
}


def case_customer(number: int) -> str:
    """Returns the customer id of the case with that number."""
    return f"case-{number}"


def isolate_journey(project: Project, tests: JourneyTests) -> Project:
    """Returns the project with this journey and those beside it alone, and without chance: no holdout."""
    names = (tests.journey, *tests.beside)
    journeys = {name: _without_chance(project.journeys[name]) for name in names}
    policy = project.policy.model_copy(update={"control_group": Decimal(0)})
    return project.model_copy(update={"journeys": journeys, "policy": policy})


def _without_chance(journey: Journey) -> Journey:
    return journey.model_copy(update={"holdout": Decimal(0)})


def build_script(project: Project, cases: Sequence[Case]) -> Script:
    """Returns the script of all cases. Every source is active all the time."""
    start = min(case.start for case in cases) - timedelta(days=1)
    times = [case.start for case in cases] + [one.at for case in cases for one in case.when]
    times += [one.at for case in cases for one in case.expect if one.at]
    end = max(times) + AFTERWARDS
    heard = [start + HEARTBEAT * n for n in range(int((end - start) / HEARTBEAT) + 1)]
    happened = [one for number, case in enumerate(cases) for one in _case_events(number, case)]
    receipts = [_receipt(number, one) for number, case in enumerate(cases) for one in case.when if one.receipt]
    return Script(
        start.astimezone(UTC), end.astimezone(UTC), happened, receipts, heard=dict.fromkeys(project.sources, heard)
    )


def collect_refusals(cases: Sequence[Case]) -> dict[tuple[str, str], str]:
    """Returns the addresses at which providers refuse to deliver, by channel."""
    return {
        (TRAITS[channel][1].format(case_customer(number), number), channel.value): "this address is not known"
        for number, case in enumerate(cases)
        for channel in case.customer.refuses
    }


def _case_events(number: int, case: Case) -> Iterator[ScriptEvent]:
    at, who = (case.start - KNOWN_BEFORE).astimezone(UTC), case.customer
    traits: dict[str, Any] = {"locale": who.locale, "time_zone": who.time_zone, **who.attributes}
    for channel in who.reachable:
        trait, address = TRAITS[channel]
        traits[trait] = address.format(case_customer(number), number)
    yield _script_event(number, "who", at, name=IDENTIFY, source="site", properties={}, traits=traits)
    for channel in who.reachable if who.consents is None else who.consents:
        said = {"purpose": "marketing", "channel": channel.value}
        yield _script_event(number, f"consent-{channel}", at, name="consent_given", source="site", properties=said)
    for id_, known in case.products.items():
        yield from _product(number, id_, known, at=at)
    for line, one in enumerate(case.when):
        if one.event:
            yield _event(number, line, one)


def _product(number: int, id_: str, known: Mapping[str, Any], *, at: datetime) -> Iterator[ScriptEvent]:
    own = _own_products(number, {"product_id": id_})
    about = {key: value for key, value in known.items() if key != "stock"}
    yield _script_event(
        number, f"product-{id_}", at, name="product_updated", source="site", properties={"name": id_, **about, **own}
    )
    if "stock" in known:
        stock = {"store": "online", "stock": known["stock"], **own}
        yield _script_event(number, f"stock-{id_}", at, name="product_stock_changed", source="site", properties=stock)


def _event(number: int, line: int, one: CaseEvent) -> ScriptEvent:
    told = _own_products(number, one.properties)
    name = SNAPSHOT if one.event == "cart_updated" else one.event
    properties, traits = ({}, told) if name == IDENTIFY else (told, {})
    return _script_event(
        number,
        f"when-{line}",
        one.at.astimezone(UTC),
        name=name,
        source=one.source,
        properties=properties,
        traits=traits,
    )


def _own_products(number: int, said: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the properties with the case's own products: a product sold out in one case is in stock in the others."""
    told = dict(said)
    if "product_id" in told:
        told["product_id"] = f"{told['product_id']}@{number}"
    if isinstance(told.get("products"), list):
        told["products"] = [_own_products(number, one) if isinstance(one, dict) else one for one in told["products"]]
    return told


def _script_event(
    number: int,
    id_: str,
    at: datetime,
    *,
    name: str,
    source: str,
    properties: Mapping[str, Any],
    traits: Mapping[str, Any] | None = None,
) -> ScriptEvent:
    who = (("user_id", case_customer(number)),)
    return ScriptEvent(source, IncomingEvent(f"{case_customer(number)}/{id_}", name, who, at, properties, traits or {}))


def _receipt(number: int, one: CaseEvent) -> ScriptReceipt:
    assert one.was is not None
    who = ("user_id", case_customer(number))
    return ScriptReceipt(who, one.receipt, one.was, one.at.astimezone(UTC), one.channel, one.by_machine)
