"""Loads all facts of a pass: one query per kind of fact, in one pipeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from kaskad.domain.channel import Channel
from kaskad.domain.decisions.cascade_action import Attempt
from kaskad.domain.decisions.facts import CustomerFacts, Enrollment, Facts, WebhookCall
from kaskad.domain.journeys.project import Project, ShopInfo
from kaskad.domain.outcome import Mode
from kaskad.storage.arrays import array
from kaskad.storage.clock import Instants
from kaskad.storage.conditions.query_results import (
    QueryResults,
    ResultCursors,
    group_by_version,
    query_webhook_calls,
    read_webhook_calls,
    run_version_queries,
)
from kaskad.storage.conditions.version_queries import VersionQueries
from kaskad.storage.database import Connection
from kaskad.storage.facts import attempts, customer_history, profiles, siblings
from kaskad.storage.facts.customer_history import PendingHistory, Purchases
from kaskad.storage.facts.profiles import CustomerProfile, EntryRange
from kaskad.storage.queries import query

Cursor = AsyncCursor[DictRow]


@dataclass(frozen=True, slots=True)
class _PendingQueries:
    """Queries that were sent in a pipeline and not read yet."""

    people: Sequence[Cursor]
    attempts: Cursor
    heard: Cursor
    calls: Cursor | None
    answers: Sequence[tuple[VersionQueries, ResultCursors]]
    past: PendingHistory


@dataclass(frozen=True, slots=True)
class _Gathered:
    """The results of the queries, by customer and by enrollment."""

    persons: Mapping[int, CustomerProfile]
    attempts: Mapping[int, Mapping[str, tuple[Attempt, ...]]]
    last_heard: Mapping[str, datetime]
    calls: Mapping[int, Mapping[str, WebhookCall]]
    answered: QueryResults
    purchases: Mapping[int, Purchases]

    def of(self, e: Enrollment, instants: Instants) -> Facts:
        """The facts of that enrollment."""
        someone, purchases = self.persons[e.customer], self.purchases.get(e.id, Purchases())
        return Facts(
            person=_as_test_recipient(someone.person) if e.mode is Mode.TEST else someone.within(e.journey),
            truths=self.answered.truths.get(e.id, {}),
            exit=self.answered.exits.get(e.id),
            bought=purchases.bought,
            cart_things=purchases.cart_things,
            happened=self.answered.happened.get(e.id, {}),
            attempts=self.attempts.get(e.id, {}),
            entrance_date=self.answered.dates.get(e.id),
            last_heard=instants.last_heard(e.customer, self.last_heard),
            values=self.answered.values.get(e.id, {}),
            calls=self.calls.get(e.id, {}),
        )


async def load_facts(
    connection: Connection,
    enrollments: Sequence[Enrollment],
    asked: Mapping[int, VersionQueries],  # enrollment id → the queries of its version
    *,
    instants: Instants,
    project: Project,
    alone: bool = False,
) -> dict[int, Facts]:
    """The facts of each enrollment as of its customer's instant, by its id.

    `touches` and entries are those from before this pass.
    """
    async with connection.pipeline():
        under_way = await _send_queries(connection, enrollments, asked, instants=instants, project=project)
        results = await _read_results(under_way, enrollments, asked, shop=project.shop)
    facts = {e.id: results.of(e, instants) for e in enrollments}
    return (
        facts
        if alone
        else await _add_siblings(connection, facts, enrollments, asked=asked, instants=instants, project=project)
    )


async def _send_queries(
    connection: Connection,
    enrollments: Sequence[Enrollment],
    asked: Mapping[int, VersionQueries],
    *,
    instants: Instants,
    project: Project,
) -> _PendingQueries:
    """Sends every query; a query that only some versions need is sent for their enrollments only."""
    customers = sorted({enrollment.customer for enrollment in enrollments})
    earliest = min(map(instants.of, customers), default=instants.now).date()
    ats = {e.id: instants.of(e.customer) for e in enrollments}
    return _PendingQueries(
        await profiles.query_profiles(
            connection, customers, instants.now, earliest=earliest, turns=_entry_ranges(enrollments, asked)
        ),
        await attempts.query_attempts(connection, enrollments),
        await connection.execute(query("sources_last_seen")),
        await query_webhook_calls(connection, enrollments, asked),
        [
            (own, await run_version_queries(connection, own, array(ids), ats=array(ats[id_] for id_ in ids)))
            for own, ids in group_by_version(enrollments, asked)
        ],
        await customer_history.query_history(
            connection, enrollments, asked, instants=instants, never_about=project.policy.never_about
        ),
    )


def _entry_ranges(enrollments: Sequence[Enrollment], asked: Mapping[int, VersionQueries]) -> Iterator[EntryRange]:
    """Yields the ranges of entries that can matter: for each customer and journey, as far as its versions look."""
    groups: dict[tuple[int, str], list[Enrollment]] = defaultdict(list)
    for e in enrollments:
        if asked[e.id].limits_reentry:
            groups[e.customer, e.journey].append(e)
    for (customer, journey), theirs in sorted(groups.items()):
        near = [(e.entered_at, reach) for e in theirs if (reach := asked[e.id].near) is not None]
        whenever = len(near) < len(theirs)
        yield EntryRange(
            customer,
            journey,
            None if whenever else min(at - reach for at, reach in near),
            None if whenever else max(at + reach for at, reach in near),
        )


async def _read_results(
    under_way: _PendingQueries,
    enrollments: Sequence[Enrollment],
    asked: Mapping[int, VersionQueries],
    *,
    shop: ShopInfo,
) -> _Gathered:
    people = await profiles.read_profiles(under_way.people, shop)
    for customer, channels in (await under_way.past.channels()).items():
        person = replace(people[customer].person, answered=channels)
        people[customer] = replace(people[customer], person=person)
    answered = QueryResults()
    for questions, cursors in under_way.answers:
        await answered.take(questions, cursors)
    return _Gathered(
        people,
        await attempts.read_attempts(under_way.attempts, enrollments),
        {row["name"]: row["last_heard"] for row in await under_way.heard.fetchall()},
        await read_webhook_calls(under_way.calls, enrollments, asked),
        answered,
        await under_way.past.read_purchases(),
    )


async def _add_siblings(
    connection: Connection,
    facts: dict[int, Facts],
    enrollments: Sequence[Enrollment],
    *,
    asked: Mapping[int, VersionQueries],
    instants: Instants,
    project: Project,
) -> dict[int, Facts]:
    """The same facts, with the siblings of enrollments at a step that merges."""
    standing = [e for e in enrollments if e.step in asked[e.id].together and e.mode is Mode.LIVE]
    if not standing:
        return facts
    found = await siblings.find_siblings(connection, standing, asked)
    theirs = await load_facts(
        connection, [*found.mates.values()], found.asked, instants=instants, project=project, alone=True
    )
    beside = {e.id: {e.step: found.beside(e.id, theirs)} for e in standing if e.step}
    return facts | {id_: replace(facts[id_], company=others) for id_, others in beside.items()}


def _as_test_recipient(person: CustomerFacts) -> CustomerFacts:
    """The person as a test recipient: the journey's owner, by e-mail; the customer's own contacts do not matter."""
    return CustomerFacts(person.id, person.zone, person.locale, contacts={Channel.EMAIL: "active"})
