"""Finds whose events are, in the order in which they came, and makes one person of those who are.

`plan` only reads. `write` stores new customers and new identities. Then the caller locks everybody whom the plan
concerns, and `settle` does what needs the locks: it reads again what the plan was made of. If that has changed, it
gives up, and all is done anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kaskad.domain.identities.people import Conflict, Known, Person, Speaker, Tie
from kaskad.domain.identities.resolver import Plan, Resolver
from kaskad.domain.identities.rules import ANONYMOUS_ID, PREVIOUS_ID, USER_ID, Identity
from kaskad.domain.journeys.project import Project
from kaskad.services.identities import merging
from kaskad.storage.database import Connection
from kaskad.storage.ingestion import identities
from kaskad.storage.ingestion.identities import IdentityRace

MOST_JOINS = 25  # stored together: each takes its time, while everybody of the chunk is locked


@dataclass(frozen=True, slots=True)
class Planned:
    """Whose the first of these events are; `customers` has one for each that can be stored together.

    `told_as` are the customers that the events were told of: some of these go into others by the joins of the plan.
    """

    customers: Sequence[int]
    plan: Plan
    known: Known
    speakers: Sequence[Speaker] = ()
    told_as: Sequence[int] = ()
    counted: bool = False  # whether `known` has all that decides whether two are joined

    @property
    def concerned(self) -> set[int]:
        """Everybody who must be locked: whose an event is, who gets or loses an identity, who is joined."""
        found = set(self.customers)
        for move in self.plan.moves:
            found |= {move.customer, move.origin or move.customer}
        for join in self.plan.joins:
            found |= {join.standing, join.joined}
        return found

    @property
    def changes_known(self) -> bool:
        """Whether anything changes for a customer who was known before."""
        plan = self.plan
        given = (customer for customer, _ in plan.fresh.values())
        return bool(plan.joins or plan.moves or plan.confirmed or any(one in self.known.persons for one in given))


@dataclass(slots=True)
class _Loaded:
    """Rows of the database as what is known."""

    ties: dict[Identity, tuple[int, Tie]] = field(default_factory=dict)
    persons: dict[int, Person] = field(default_factory=dict)
    lost: set[Identity] = field(default_factory=set)


async def plan(connection: Connection, speakers: Sequence[Speaker], project: Project) -> Planned:
    """Returns what these events come to: as many of them, from the first on, as can be stored together.

    One query; a second one if an event names an identity that is new for somebody known, or two who are known.
    """
    known, counted = await _load(connection, speakers, project)
    resolver = Resolver(project.identities, known.copy() if counted else known)
    taken = list[int]()
    for speaker in speakers:
        taken.append(resolver.take(speaker))
        if len(resolver.plan.joins) >= MOST_JOINS:
            break
    customers = [resolver.customer(one) for one in taken] if resolver.plan.joins else taken
    return Planned(customers, resolver.plan, known, speakers[: len(taken)], taken, counted)


async def write(connection: Connection, planned: Planned, now: datetime) -> Planned:
    """Returns the plan with the new customers' numbers; they and new identities are stored.

    Raises IdentityRace when another transaction created one of them at the same moment.
    """
    made = await identities.create(connection, planned.plan.newcomers, now)
    numbers = {-place: id_ for place, id_ in enumerate(made, start=1)}
    done = _numbered(planned, numbers) if numbers else planned
    await identities.attach(connection, done.plan.fresh)
    return done


async def settle(connection: Connection, planned: Planned, *, project: Project, now: datetime) -> list[Conflict]:
    """Moves identities, and joins customers; all of them are locked. Returns conflicts that are new.

    Raises IdentityRace if what the plan was made of has changed before the lock.
    """
    if planned.changes_known:
        await _verify(connection, planned, project)
    done = planned.plan
    await identities.move(connection, done.moves, done.confirmed)
    await identities.drop(connection, done.dropped, planned.concerned)
    if done.joins:
        await merging.merge_customers(connection, done.joins, now, project=project)
    new = await identities.note_conflicts(connection, done.conflicts)
    return [said for said in done.conflicts if (said.message_id, said.identity, said.reason.value) in new]


async def _verify(connection: Connection, planned: Planned, project: Project) -> None:
    """Reads again what the plan was made of, and compares; what it stored itself is expected."""
    fresh, known, named = planned.plan.fresh, planned.known, set(_named(planned.speakers))
    found = await _load_ties(connection, named, project)
    expected = {**{name: tie for name, tie in known.ties.items() if name in named}, **fresh}
    if _owners(found.ties) != _owners(expected) or found.lost != known.lost & named:
        raise IdentityRace
    persons = {id_: replace(one, counts=one.counts.copy()) for id_, one in known.persons.items()}
    for (kind, value), (customer, tie) in fresh.items():
        if customer in persons:
            persons[customer].counts[kind, tie.public] += 1
            persons[customer].user = value if kind == USER_ID else persons[customer].user
    if planned.counted:
        await _count(connection, found, project)
    for id_, person in found.persons.items():
        if id_ in persons and planned.counted and _facts(person) != _facts(persons[id_]):
            raise IdentityRace


def _owners(ties: Mapping[Identity, tuple[int, Tie]]) -> dict[Identity, tuple[int, bool]]:
    return {identity: (customer, tie.public) for identity, (customer, tie) in ties.items()}


def _facts(person: Person) -> tuple[Any, ...]:
    return person.user, person.contact, +person.counts


async def load_known(connection: Connection, speakers: Sequence[Speaker], project: Project) -> Known:
    """Returns what is stored of all whom these events name."""
    return (await _load(connection, speakers, project))[0]


async def _load(connection: Connection, speakers: Sequence[Speaker], project: Project) -> tuple[Known, bool]:
    found = await _load_ties(connection, _named(speakers), project)
    asks = any(_asks_more(speaker, found) for speaker in speakers)
    if asks:
        await _count(connection, found, project)
    return Known(found.ties, found.persons, frozenset(found.lost)), asks


async def _load_ties(connection: Connection, named: Iterable[Identity], project: Project) -> _Loaded:
    found, said = _Loaded(), dict[tuple[str, str | None], Tie]()
    for row in await identities.load_owners(connection, named):
        identity = row["kind"], row["value"]
        if row["forgotten"]:
            found.lost.add(identity)
            continue
        customer, by = row["customer_id"], (row["kind"], row["source"])
        if customer not in found.persons:
            found.persons[customer] = Person(customer)
        if by not in said:
            said[by] = Tie(row["source"], None, project.is_claim(*by))
        found.ties[identity] = customer, said[by]
    return found


async def _count(connection: Connection, found: _Loaded, project: Project) -> None:
    """Adds what decides whether two are joined: user ids, contacts, how many identities each has, and since when."""
    for row in await identities.load_persons(connection, found.persons):
        person = found.persons[row["id"]]
        person.user, person.contact = row["user_id"], row["contact"]
        person.devices = dict(zip(zip(row["kinds"], row["values"], strict=True), row["since"], strict=True))
        for kind, source, count in row["counts"]:
            person.counts[kind, project.is_claim(kind, source)] += count
    for identity, since in (await identities.load_since(connection, found.ties)).items():
        customer, tie = found.ties[identity]
        found.ties[identity] = customer, replace(tie, since=since)


def _asks_more(speaker: Speaker, found: _Loaded) -> bool:
    """Whether the event may change anything for somebody who is known; most events name one person, by known names."""
    ties = [found.ties.get(identity) for identity in _meant(speaker.identities)]
    if len(ties) < 2:
        return False
    owner = ties[0] and ties[0][0]
    return any((tie and tie[0]) != owner or (tie and tie[1].public) for tie in ties)


def _named(speakers: Iterable[Speaker]) -> Iterator[Identity]:
    for speaker in speakers:
        yield from _meant(speaker.identities)


def _meant(named: Iterable[Identity]) -> Iterator[Identity]:
    """Yields the identities, and for the previous id of an alias whatever it can be."""
    for kind, value in named:
        if kind == PREVIOUS_ID:
            yield (USER_ID, value)
            yield (ANONYMOUS_ID, value)
        else:
            yield kind, value


def _numbered(planned: Planned, numbers: Mapping[int, int]) -> Planned:
    """Returns the plan with the numbers that new customers have got."""

    def of(customer: int) -> int:
        return numbers.get(customer, customer)

    old = planned.plan
    new = Plan(
        fresh={identity: (of(customer), tie) for identity, (customer, tie) in old.fresh.items()},
        confirmed=old.confirmed,
        dropped=old.dropped,
        moves=[replace(move, customer=of(move.customer), origin=move.origin and of(move.origin)) for move in old.moves],
        joins=[replace(join, standing=of(join.standing), joined=of(join.joined)) for join in old.joins],
        conflicts=[
            replace(said, customer=of(said.customer), other=said.other and of(said.other)) for said in old.conflicts
        ],
        newcomers=old.newcomers,
    )
    customers, told_as = [list(map(of, some)) for some in (planned.customers, planned.told_as)]
    return replace(planned, customers=customers, told_as=told_as, plan=new)
