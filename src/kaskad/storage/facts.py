"""Everything a pass has to know, one query per kind of fact, in one pipeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psycopg import AsyncCursor
from psycopg.rows import DictRow

from kaskad.domain.cascade import Attempt
from kaskad.domain.channel import Channel
from kaskad.domain.condition import Truth
from kaskad.domain.facts import Consent, Enrollment, Exit, Facts, Person, Touch
from kaskad.domain.outcome import MessageStatus, Reason
from kaskad.domain.shop import ShopInfo
from kaskad.storage.arrays import array, repeated
from kaskad.storage.database import Connection
from kaskad.storage.queries import query
from kaskad.storage.questions import Question, Questions

Cursor = AsyncCursor[DictRow]


async def load_facts(
    connection: Connection,
    enrollments: Sequence[Enrollment],
    asked: Mapping[int, Questions],  # enrollment id → its version's questions
    now: datetime,
    shop: ShopInfo,
) -> dict[int, Facts]:
    """The facts of each enrollment as of `now`, by its id; `touches` and entries are those before this pass."""
    customers = sorted({enrollment.customer for enrollment in enrollments})
    groups = _by_questions(enrollments, asked)
    person_params: dict[str, Any] = {"customers": array(customers), "at": now, "since": now.date() - timedelta(days=8)}
    async with connection.pipeline():
        people = [
            await connection.execute(query(name), person_params)
            for name in ("people", "consents", "touches", "last_sent_entries")
        ]
        days = [e.entered_on for e in enrollments]
        tries = {"enrollments": array(e.id for e in enrollments), "days": array(days), "on": sorted(set(days))}
        attempts = await connection.execute(query("attempts"), tries)
        heard = await connection.execute(query("sources_heard"))
        answers = [await _ask(connection, questions, array(ids), repeated(now, len(ids))) for questions, ids in groups]
        persons = await _persons(people, shop)
        tried = await _attempts(attempts)
        last_heard = {row["name"]: row["last_heard"] for row in await heard.fetchall()}
        answered = _Answered()
        for (questions, _), cursors in zip(groups, answers, strict=True):
            await answered.take(questions, *cursors)
    return {
        e.id: Facts(
            person=_for_test(persons[e.customer]) if e.mode == "test" else persons[e.customer],
            truths=answered.truths.get(e.id, {}),
            exit=answered.exits.get(e.id),
            happened=answered.happened.get(e.id, {}),
            attempts=tried.get(e.id, {}),
            last_heard=last_heard,
        )
        for e in enrollments
    }


class _Answered:
    """What the versions' own questions gave, by enrollment."""

    def __init__(self) -> None:
        self.truths: dict[int, dict[str, Truth]] = {}
        self.exits: dict[int, Exit] = {}
        self.happened: dict[int, dict[str, datetime | None]] = {}

    async def take(
        self, questions: Questions, truths: Cursor | None, exits: Cursor | None, waits: Cursor | None
    ) -> None:
        for row in await truths.fetchall() if truths else ():
            self.truths[row["enrollment_id"]] = {name: row[f"c{i}"] for i, name in enumerate(questions.names)}
        for row in await exits.fetchall() if exits else ():
            place = ", ".join(part for part in (row["place"], row["store"]) if part)
            self.exits[row["enrollment_id"]] = Exit(row["name"], row["occurred_at"], place)
        for row in await waits.fetchall() if waits else ():
            self.happened[row["enrollment_id"]] = {row["step"]: row["at"]}


async def _ask(
    connection: Connection, questions: Questions, ids: str, ats: str
) -> tuple[Cursor | None, Cursor | None, Cursor | None]:
    async def ask(question: Question | None) -> Cursor | None:
        if question is None:
            return None
        return await connection.execute(question.sql, {**question.params, "ids": ids, "ats": ats})

    return await ask(questions.truths), await ask(questions.exits), await ask(questions.waits)


def _by_questions(
    enrollments: Iterable[Enrollment], asked: Mapping[int, Questions]
) -> list[tuple[Questions, list[int]]]:
    groups: dict[int, tuple[Questions, list[int]]] = {}
    for enrollment in enrollments:
        questions = asked[enrollment.id]
        groups.setdefault(id(questions), (questions, []))[1].append(enrollment.id)
    return list(groups.values())


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


async def _attempts(cursor: Cursor) -> dict[int, dict[str, tuple[Attempt, ...]]]:
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
