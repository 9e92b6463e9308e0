"""Everything a pass has to know, one query per kind of fact, in one pipeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from kaskad.domain.cascade import Attempt
from kaskad.domain.channel import Channel
from kaskad.domain.facts import Consent, Enrollment, Facts, Person, Touch
from kaskad.domain.following import as_counted_later, later_names
from kaskad.domain.outcome import MessageStatus, Reason
from kaskad.domain.shop import Project, ShopInfo
from kaskad.storage import company, history
from kaskad.storage.answers import Answered, ask, ask_for_calls, by_questions, calls_of
from kaskad.storage.arrays import array
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.queries import query
from kaskad.storage.questions import Questions

Cursor = AsyncCursor[DictRow]


async def load_facts(
    connection: Connection,
    enrollments: Sequence[Enrollment],
    asked: Mapping[int, Questions],  # enrollment id → its version's questions
    instants: Instants,
    project: Project,
    *,
    alone: bool = False,
) -> dict[int, Facts]:
    """The facts of each enrollment as of its customer's instant, by its id.

    `touches` and entries are those before this pass.
    """
    customers = sorted({enrollment.customer for enrollment in enrollments})
    groups = by_questions(enrollments, asked)
    since = min(map(instants.of, customers), default=instants.now).date() - timedelta(days=8)
    person_params: dict[str, Any] = {"customers": array(customers), "at": instants.now, "since": since}
    ats = {e.id: instants.of(e.customer) for e in enrollments}
    async with connection.pipeline():
        people = [
            await connection.execute(query(name), person_params)
            for name in ("people", "consents", "touches", "last_sent_entries")
        ]
        days = [e.entered_on for e in enrollments]
        tries = {"enrollments": array(e.id for e in enrollments), "days": array(days), "on": sorted(set(days))}
        attempts = await connection.execute(query("attempts"), tries)
        heard = await connection.execute(query("sources_heard"))
        calls = await ask_for_calls(connection, enrollments, asked)
        answers = [await ask(connection, own, array(ids), array(ats[id_] for id_ in ids)) for own, ids in groups]
        past = await history.ask(connection, enrollments, asked, instants, project.policy.never_about)
        persons = await _persons(people, project.shop)
        tried = await _attempts(attempts, {e.id: e.moved for e in enrollments if e.moved})
        last_heard = {row["name"]: row["last_heard"] for row in await heard.fetchall()}
        answered = Answered()
        for (questions, _), cursors in zip(groups, answers, strict=True):
            await answered.take(questions, *cursors)
        bought, liked = await past.purchases(), await past.channels()
        called = await calls_of(calls, enrollments, asked)
    for customer, channels in liked.items():
        persons[customer] = replace(persons[customer], answered=channels)
    facts = {
        e.id: Facts(
            person=_for_test(persons[e.customer]) if e.mode == "test" else persons[e.customer],
            truths=answered.truths.get(e.id, {}),
            exit=answered.exits.get(e.id),
            bought=bought.get(e.id),
            happened=answered.happened.get(e.id, {}),
            attempts=tried.get(e.id, {}),
            entrance_date=answered.dates.get(e.id),
            last_heard=instants.last_heard(e.customer, last_heard),
            values=answered.values.get(e.id, {}),
            calls=called.get(e.id, {}),
        )
        for e in enrollments
    }
    return facts if alone else await _with_company(connection, facts, enrollments, asked, instants, project)


async def _with_company(
    connection: Connection,
    facts: dict[int, Facts],
    enrollments: Sequence[Enrollment],
    asked: Mapping[int, Questions],
    instants: Instants,
    project: Project,
) -> dict[int, Facts]:
    """The same, and who else stands where one message is for several entries."""
    standing = [e for e in enrollments if e.step in asked[e.id].together and e.mode == "live"]
    if not standing:
        return facts
    found = await company.find(connection, standing, asked)
    theirs = await load_facts(connection, [*found.mates.values()], found.asked, instants, project, alone=True)
    beside = {e.id: {e.step: found.beside(e.id, theirs)} for e in standing if e.step}
    return facts | {id_: replace(facts[id_], company=others) for id_, others in beside.items()}


async def _persons(cursors: Sequence[Cursor], shop: ShopInfo) -> dict[int, Person]:
    people, consents, touches, entries = [await cursor.fetchall() for cursor in cursors]
    said: dict[int, list[Consent]] = defaultdict(list)
    for row in consents:
        if row["channel"] not in (None, *Channel):
            continue  # a channel that nobody here knows (yet)
        channel = Channel(row["channel"]) if row["channel"] else None
        said[row["customer_id"]].append(Consent(channel, row["topic"], row["granted"], row["at"]))
    touched: dict[int, list[Touch]] = defaultdict(list)
    for row in touches:
        touched[row["customer_id"]].append(Touch(row["counts_on"], row["topic"], row["sender"]))
    entered: dict[int, dict[str, datetime]] = defaultdict(dict)
    for row in entries:
        entered[row["customer_id"]][row["journey"]] = row["entered_at"]
    return {
        row["id"]: Person(
            id=row["id"],
            zone=zone_of(row["time_zone"], shop),
            locale=row["locale"] or shop.locale,
            contacts={Channel(channel): state for channel, state in row["contacts"].items()},
            consents=tuple(said[row["id"]]),
            touches=tuple(touched[row["id"]]),
            last_sent_entries=entered[row["id"]],
        )
        for row in people
    }


async def _attempts(
    cursor: Cursor, moved: Mapping[int, Mapping[str, str]]
) -> dict[int, dict[str, tuple[Attempt, ...]]]:
    tried: dict[int, dict[str, tuple[Attempt, ...]]] = defaultdict(dict)
    for row in await cursor.fetchall():
        attempt = Attempt(
            channel=Channel(row["channel"]),
            status=MessageStatus(row["status"]),
            at=row["at"],
            reason=Reason(row["reason"]) if row["reason"] else None,
            open=row["open"],
            delivered_at=row["delivered_at"],
            opened_at=row["opened_at"],
            clicked_at=row["clicked_at"],
        )
        steps = tried[row["enrollment_id"]]
        steps[row["step"]] = (*steps.get(row["step"], ()), attempt)
        if counted := as_counted_later(attempt, row["doubted"]):
            for name in later_names(row["step"], moved.get(row["enrollment_id"], {})):
                steps[name] = (*steps.get(name, ()), counted)
    return tried


def _for_test(person: Person) -> Person:
    """In test mode everything goes to the journey's owner, by e-mail; whom it is about does not matter."""
    return Person(person.id, person.zone, person.locale, contacts={Channel.EMAIL: "active"})


def zone_of(name: str | None, shop: ShopInfo) -> ZoneInfo:
    """The customer's time zone; the shop's where there is none, or none that exists."""
    try:
        return ZoneInfo(name or shop.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder, a name too long for a file
        return ZoneInfo(shop.time_zone)
