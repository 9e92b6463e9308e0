"""One customer as everybody in the shop sees them: who it is, how to reach them, what they have and are in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaskad.domain.identities.rules import USER_ID
from kaskad.domain.journeys.step import SendStep
from kaskad.domain.outcome import EnrollmentStatus
from kaskad.domain.values.plain import plain
from kaskad.services.catalogue import Catalogue
from kaskad.services.describing.steps import describe_step
from kaskad.services.ingestion.consenting.consents import PURPOSES
from kaskad.services.inspect.consents import StandingWord, judge
from kaskad.services.naming import find_person
from kaskad.services.reading.carts import CartShown, show_cart
from kaskad.services.reading.deps import ReadingDeps
from kaskad.services.reading.orders import OrderShown, load_orders
from kaskad.services.wording import channel_label
from kaskad.storage import clock
from kaskad.storage.database import Connection, read_as_of_now
from kaskad.storage.publishing.versions import PublishedVersion
from kaskad.storage.reading import people
from kaskad.storage.reading.people import FoundPerson

MAX_CARTS = 20
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class IdentityShown:
    """A name that a source has for the customer."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class ContactShown:
    """An address. `state`: active, dead, stopped, closed (`closed` says why), or invalid: nothing is sent to it."""

    channel: str
    address: str
    state: str
    closed: list[str]


@dataclass(frozen=True, slots=True)
class ConsentShown:
    """The last word on something; null as channel, topic or sender is every one. `text` says it in a sentence.

    `state`: granted, withdrawn, expired, paused, or overruled by a wider word.
    """

    purpose: str
    channel: str | None
    topic: str | None
    sender: str | None
    state: str
    since: datetime
    until: datetime | None
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class JourneyShown:
    """A journey that the customer is in. `step` is in words; `next_at` is when the next decision is due."""

    journey: str
    entered_at: datetime
    step: str
    since: datetime | None
    next_at: datetime


@dataclass(frozen=True, slots=True)
class CustomerView:
    """One person, whichever ids and devices told of them. No internal number is in it."""

    customer: str
    user_id: str | None
    since: datetime
    locale: str | None
    time_zone: str | None
    attributes: dict[str, Any]
    identities: list[IdentityShown]
    contacts: list[ContactShown]
    consents: list[ConsentShown]
    carts: list[CartShown]
    orders: list[OrderShown]
    journeys: list[JourneyShown]


async def load_customer(deps: ReadingDeps, named: str, *, any_kind: bool = False) -> CustomerView:
    """Returns the customer. Raises NotFound, and SeveralPeople if the name is that of several."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)  # a transaction of its own: publishing waits for this lock
    async with deps.database.transaction() as connection:
        await read_as_of_now(connection)
        person = await find_person(connection, named, deps.catalogue.project, any_kind=any_kind)
        return await _view(deps, connection, named, person=person)


async def _view(deps: ReadingDeps, connection: Connection, named: str, *, person: FoundPerson) -> CustomerView:
    now = await clock.read_now(connection)
    shop = deps.catalogue.project.shop
    profile = await people.load_profile(connection, person)
    identities = await people.load_rows(connection, "person_identities", person)
    words = judge(await people.load_standing(connection, person, now, purposes=PURPOSES))
    carts = await people.load_carts(connection, person, filled=True, limit=MAX_CARTS)
    return CustomerView(
        customer=named,
        user_id=next((row["value"] for row in identities if row["kind"] == USER_ID), None),
        since=profile["since"],
        locale=profile["locale"],
        time_zone=profile["time_zone"],
        attributes=plain(profile["attributes"]),
        identities=[IdentityShown(row["kind"], row["value"]) for row in identities],
        contacts=[_contact(row) for row in await people.load_rows(connection, "person_contacts", person)],
        consents=[_consent(word) for word in words],
        carts=[show_cart(row, shop) for row in carts],
        orders=await load_orders(connection, person, now, shop=shop),
        journeys=await _journeys(deps.catalogue, connection, person),
    )


def _contact(row: Row) -> ContactShown:
    state = row["state"]
    if state == "active":
        state = "invalid" if not row["valid"] else "closed" if row["closed"] else state
    return ContactShown(row["channel"], row["address"], state, row["closed"])


def _consent(word: StandingWord) -> ConsentShown:
    entry = word.entry
    return ConsentShown(
        purpose=entry.purpose,
        channel=entry.channel,
        topic=entry.topic,
        sender=entry.sender,
        state=word.standing,
        since=entry.at,
        until=entry.expires_at,
        source=entry.source,
        text=_say(word),
    )


def _say(word: StandingWord) -> str:
    """Returns the word in a sentence: "marketing by e-mail, topic carts: granted since 2027-03-02"."""
    entry = word.entry
    scope = [f"{entry.purpose} by {channel_label(entry.channel)}" if entry.channel else f"{entry.purpose} everywhere"]
    scope += [f"{name} {said}" for name, said in (("topic", entry.topic), ("sender", entry.sender)) if said]
    until = f", until {entry.expires_at:%Y-%m-%d}" if entry.expires_at else ""
    return f"{', '.join(scope)}: {word.standing} since {entry.at:%Y-%m-%d}{until}"


async def _journeys(catalogue: Catalogue, connection: Connection, person: FoundPerson) -> list[JourneyShown]:
    shown = []
    for row in await people.load_rows(connection, "person_journeys", person):
        published = await catalogue.version(connection, row["version_id"])
        step = describe_place(published, row["step"], row["status"])
        shown.append(JourneyShown(row["journey"], row["entered_at"], step, row["step_since"], row["due_at"]))
    return shown


def describe_place(published: PublishedVersion, step: str | None, status: str) -> str:
    """Returns in words where somebody is in a journey: "send 'cart_reminder'"."""
    if status == EnrollmentStatus.CANDIDATE:
        return "not admitted yet"
    if step is None:
        return "the end"
    node = published.version.program.nodes.get(step)
    if node is None:
        return "a step that an edit took away"
    return f"send '{step.partition(':')[2]}'" if isinstance(node.step, SendStep) else describe_step(node.step)
