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
    # whoever consents in a case has confirmed the address
    policy = project.policy.model_copy(update={"control_group": Decimal(0), "double_opt_in": ()})
    return project.model_copy(update={"journeys": journeys, "policy": policy})


def _without_chance(journey: Journey) -> Journey:
    return journey.model_copy(update={"holdout": Decimal(0)})


def build_script(project: Project, cases: Sequence[Case]) -> Script:
    """Returns the script of all cases. Every source is active all the time."""
    start = min(case.start for case in cases) - timedelta(days=1)
    times = [case.start for case in cases] + [case_event.at for case in cases for case_event in case.when]
    times += [expected.at for case in cases for expected in case.expect if expected.at]
    end = max(times) + AFTERWARDS
    heard = [start + HEARTBEAT * n for n in range(int((end - start) / HEARTBEAT) + 1)]
    happened = [script_event for number, case in enumerate(cases) for script_event in _case_events(number, case)]
    receipts = [
        _receipt(number, case_event)
        for number, case in enumerate(cases)
        for case_event in case.when
        if case_event.receipt
    ]
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
    at, customer = (case.start - KNOWN_BEFORE).astimezone(UTC), case.customer
    traits: dict[str, Any] = {"locale": customer.locale, "time_zone": customer.time_zone, **customer.attributes}
    for channel in customer.reachable:
        trait, address = TRAITS[channel]
        traits[trait] = address.format(case_customer(number), number)
    yield _script_event(number, "who", at, name=IDENTIFY, source="site", properties={}, traits=traits)
    for channel in customer.reachable if customer.consents is None else customer.consents:
        said = {"purpose": "marketing", "channel": channel.value}
        yield _script_event(number, f"consent-{channel}", at, name="consent_given", source="site", properties=said)
    for id_, known in case.products.items():
        yield from _product(number, id_, known, at=at)
    for line, case_event in enumerate(case.when):
        if case_event.event:
            yield _event(number, line, case_event)


def _product(number: int, id_: str, known: Mapping[str, Any], *, at: datetime) -> Iterator[ScriptEvent]:
    own = _own_products(number, {"product_id": id_})
    about = {key: value for key, value in known.items() if key != "stock"}
    yield _script_event(
        number, f"product-{id_}", at, name="product_updated", source="site", properties={"name": id_, **about, **own}
    )
    if "stock" in known:
        stock = {"store": "online", "stock": known["stock"], **own}
        yield _script_event(number, f"stock-{id_}", at, name="product_stock_changed", source="site", properties=stock)


def _event(number: int, line: int, case_event: CaseEvent) -> ScriptEvent:
    own = _own_products(number, case_event.properties)
    name = SNAPSHOT if case_event.event == "cart_updated" else case_event.event
    properties, traits = ({}, own) if name == IDENTIFY else (own, {})
    return _script_event(
        number,
        f"when-{line}",
        case_event.at.astimezone(UTC),
        name=name,
        source=case_event.source,
        properties=properties,
        traits=traits,
    )


def _own_products(number: int, said: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the properties with the case's own products: a product sold out in one case is in stock in the others."""
    own = dict(said)
    if "product_id" in own:
        own["product_id"] = f"{own['product_id']}@{number}"
    if isinstance(own.get("products"), list):
        own["products"] = [
            _own_products(number, product) if isinstance(product, dict) else product for product in own["products"]
        ]
    return own


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
    identities = (("user_id", case_customer(number)),)
    return ScriptEvent(
        source, IncomingEvent(f"{case_customer(number)}/{id_}", name, identities, at, properties, traits or {})
    )


def _receipt(number: int, case_event: CaseEvent) -> ScriptReceipt:
    assert case_event.was is not None
    identity = ("user_id", case_customer(number))
    return ScriptReceipt(
        identity,
        case_event.receipt,
        case_event.was,
        case_event.at.astimezone(UTC),
        case_event.channel,
        case_event.by_machine,
    )
