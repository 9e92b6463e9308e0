"""The rounds: each takes every customer's next instant, all of them in a few large passes of the real services.

A decision depends on nothing but its customer's own rows up to its instant, and on what everybody shares. So it does
not matter that in one round some customers live in May and others in June; only where something shared changes (a
product is sold out, or back), all wait for each other.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from kaskad.domain import channel
from kaskad.domain.channel import Channel
from kaskad.domain.errors import Rejected
from kaskad.services import deliver, entering, fanout, ingest, receipts, webhooks
from kaskad.services.advance import Advanced, advance_people
from kaskad.services.rehearsal import looking, shared
from kaskad.services.rehearsal.lives import Due, Life, Loudness, lives
from kaskad.services.rehearsal.script import Happened, Receipt, Script, Tick, in_order, instant
from kaskad.services.rehearsal.shared import Shelves
from kaskad.services.rehearsal.stage import Stage
from kaskad.storage import clock, customers, enrollments, looks
from kaskad.storage.clock import Instants
from kaskad.storage.ledger import HEARD_EVERY
from kaskad.storage.queries import query

EVENTS = 1_000  # of one transaction
PEOPLE = 500
REST = 100  # decisions about one customer at one instant; more would never end
PROVIDER = "rehearsal"
SILENCE = timedelta(minutes=10)  # shorter than any source is allowed
Progress = Callable[[int], None]  # so many of the script's events are done


class Rounds:
    """One script, played once. `workers`: passes at the same time."""

    def __init__(self, stage: Stage, script: Script, *, tick: Tick = None, workers: int = 2) -> None:
        self._stage, self._script, self._tick = stage, script, tick
        self._at_once = asyncio.Semaphore(workers)
        self._own: dict[int, datetime] = {}
        self._due: dict[int, Due] = {}
        self._lives: dict[int, Life] = {}
        self._loud = Loudness({}, frozenset())
        self._numbers, self._puts_off = count(), False
        self._done = self.rounds = 0

    async def play(self, progress: Progress = lambda done: None) -> None:
        """Everything of the script, from its start to its end."""
        happened = in_order(self._script.happened, self._tick)
        people, products = shared.apart(happened)
        self._heard = self._script.heard or _heard(self._script, happened, self._tick)
        with clock.rehearsed(Instants(self._script.start, self._own, self._heard)):
            owners = await self._introduce(people)
        self._lives = lives(owners, people, self._script.start, self._tick)
        await self._wait_for_receipts()
        async with self._stage.database.transaction() as connection:
            published = await self._stage.catalogue.running(connection)
        versions = [one.version for one in published]
        self._loud = Loudness.of(versions)
        self._puts_off = any(looking.may_put_off(one, self._tick) for one in versions)
        shelves = Shelves(products, versions, self._tick)
        while (stop := await self._next_stop(shelves)) is not None and stop <= self._script.end:
            await self._until(stop, progress)
            await self._change_shelves(shelves, stop)
        await self._until(self._script.end + timedelta(microseconds=1), progress)

    async def _introduce(self, happened: Sequence[Happened]) -> list[int]:
        """The customer of each event, in the order in which they are first heard of."""
        owners: list[int] = []
        for start in range(0, len(happened), EVENTS):
            some = [one.event.identities for one in happened[start : start + EVENTS]]
            async with self._stage.database.transaction() as connection:
                owners += await customers.resolve(connection, some, self._script.start)
        return owners

    async def _next_stop(self, shelves: Shelves) -> datetime | None:
        async with self._stage.database.transaction() as connection:
            cursor = await connection.execute("SELECT min(due_at) AS at FROM fanout WHERE done_at IS NULL")
            row = await cursor.fetchone()
        known = [shelves.next_stop, instant(row["at"], self._tick) if row and row["at"] else None]
        looked = await self._next_look([at for at in known if at])
        return min((at for at in (*known, looked) if at), default=None)

    async def _next_look(self, stops: Sequence[datetime]) -> datetime | None:
        """When somebody who enters is looked for next; not before anybody may be found."""
        if self._puts_off:
            following = [life.next_at(self._due.get(life.customer), self._tick) for life in self._lives.values()]
            quiet = min([self._script.end, *stops, *(at for at in following if at)])
            await looking.put_off(self._stage, quiet, len(self._lives))
        async with self._stage.database.transaction() as connection:
            due = await looks.next_due(connection)
        return instant(due, self._tick) if due else None

    async def _change_shelves(self, shelves: Shelves, at: datetime) -> None:
        """Products change for everybody, and those who wait for one hear of it; who is due is looked for."""
        with clock.rehearsed(Instants(at, {}, self._heard)):
            await self._ingest(shelves.take(at))
            while await fanout.expand_next(self._stage) is not None:
                pass
            while await entering.look_next(self._stage) is not None:
                pass
        await self._look_at_due(None)
        for customer in self._due:
            self._lives.setdefault(customer, Life(customer, at))

    async def _until(self, stop: datetime, progress: Progress) -> None:
        """Everybody lives on up to that instant; what happens at it has come in, nothing of it is decided yet."""
        waiting = set(self._lives)
        while waiting:
            self.rounds += 1
            if self.rounds & (self.rounds - 1) == 0:
                await self._stage.analyze()
            came = await self._let_come(waiting, stop)
            deciding = {
                customer: at
                for customer in waiting
                if (at := self._lives[customer].decides_at(stop, self._due.get(customer), self._tick)) is not None
            }
            await self._decide(deciding)
            progress(self._done)
            waiting = came | set(deciding)

    async def _let_come(self, waiting: Iterable[int], stop: datetime) -> set[int]:
        """Takes in what happens next to each of them; returns to whom anything did."""
        happened: list[Happened] = []
        told: list[tuple[int, Any]] = []
        came: set[int] = set()
        for customer in waiting:
            life, due = self._lives[customer], self._due.get(customer)
            events = life.take_events(stop, due, self._loud, self._tick)
            what = [] if events else life.take_told(stop, due, self._tick)
            if events or what:
                came.add(customer)
                self._own[customer] = life.now
                happened += events
                told += [(customer, one) for one in what]
        if came:
            with self._living(came):
                await self._ingest(happened)
                await self._hear(told)
            await self._look_at_due(sorted(came))
        self._done += len(happened)
        return came

    async def _ingest(self, happened: Sequence[Happened]) -> None:
        """By source, and whole customers in each transaction: nobody waits for anybody."""
        sources: dict[str, list[Any]] = defaultdict(list)
        for one in happened:
            sources[one.source].append(one.event)
        for source, events in sorted(sources.items()):
            chunks = [events[start : start + EVENTS] for start in range(0, len(events), EVENTS)]
            await self._all(ingest.ingest(self._stage, source, chunk, chunk=EVENTS) for chunk in chunks)

    async def _decide(self, deciding: dict[int, datetime]) -> None:
        """The pass of each, at the customer's own instant; then all that it queued goes."""
        if not deciding:
            return
        for customer, at in deciding.items():
            life = self._lives[customer]
            life.again = life.again + 1 if life.now == at else 0
            if life.again > REST:
                raise Rejected(f"customer {customer} does not come to rest at {at:%Y-%m-%d %H:%M}")
            life.now = self._own[customer] = at
        people = sorted(deciding)
        with self._living(people):
            chunks = [people[start : start + PEOPLE] for start in range(0, len(people), PEOPLE)]
            advanced = sum(await self._all(map(self._pass, chunks)), Advanced())
            while advanced.queued and (queued := await self._queued()):
                await self._all(deliver.send_queued(self._stage, j, c, limit=n) for j, c, n in queued)
            if self._stage.catalogue.project.webhooks:
                await webhooks.make_calls(self._stage)
        await self._expect_receipts()
        await self._look_at_due(people)

    async def _pass(self, people: Sequence[int]) -> Advanced:
        async with self._stage.database.transaction() as connection:
            await self._stage.catalogue.refresh(connection)
            await enrollments.lock_customers(connection, people)
            return await advance_people(self._stage, connection, people)

    async def _queued(self) -> list[tuple[str, Channel, int]]:
        """What waits to go. Who was busy with another message of theirs waits once more, at the same instant."""
        async with self._stage.database.transaction() as connection:
            cursor = await connection.execute(
                """SELECT journey, channel, count(*) AS messages FROM message WHERE status = 'queued'
                    GROUP BY journey, channel ORDER BY journey, channel"""
            )
            return [(row["journey"], Channel(row["channel"]), row["messages"]) for row in await cursor.fetchall()]

    async def _expect_receipts(self) -> None:
        """What the providers will tell of the messages that just went."""
        heard, self._stage.answers.heard = self._stage.answers.heard, {}
        if not heard:
            return
        async with self._stage.database.transaction() as connection:
            cursor = await connection.execute(
                "SELECT id, customer_id, sending_at FROM message WHERE id = ANY(%(ids)s) ORDER BY id",
                {"ids": list(heard)},
            )
            rows = await cursor.fetchall()
        for row in rows:
            for told in heard[row["id"]]:
                at = row["sending_at"] + told.after
                self._tell(row["customer_id"], at, channel.Receipt(row["id"], told.kind, at))

    async def _wait_for_receipts(self) -> None:
        """The script's own receipts, each of which is about whatever went last by then."""
        async with self._stage.database.transaction() as connection:
            for one in self._script.receipts:
                customer = await customers.find(connection, one.who[1])
                if customer is not None:
                    self._lives.setdefault(customer, Life(customer, self._script.start))
                    self._tell(customer, one.at, one)

    def _tell(self, customer: int, at: datetime, what: Any) -> None:
        self._lives[customer].tell(instant(at, self._tick), what, next(self._numbers))

    async def _hear(self, told: Sequence[tuple[int, Any]]) -> None:
        given = [one for _, one in told if isinstance(one, channel.Receipt)]
        for customer, one in told:
            if isinstance(one, Receipt) and (message := await self._message(customer, one)):
                given.append(channel.Receipt(message, one.kind, one.at, one.address_dead, one.by_machine))
        for start in range(0, len(given), EVENTS):
            await receipts.receive(self._stage, PROVIDER, given[start : start + EVENTS])

    async def _message(self, customer: int, told: Receipt) -> UUID | None:
        async with self._stage.database.transaction() as connection:
            cursor = await connection.execute(
                """SELECT id FROM message
                    WHERE customer_id = %(customer)s AND message = %(message)s AND sending_at IS NOT NULL
                      AND channel = coalesce(%(channel)s, channel)
                    ORDER BY sending_at DESC, id LIMIT 1""",
                {"customer": customer, "message": told.message, "channel": told.channel},
            )
            row = await cursor.fetchone()
        return row["id"] if row else None

    async def _look_at_due(self, people: Sequence[int] | None) -> None:
        """When something of each falls due next; None asks of everybody."""
        async with self._stage.database.transaction() as connection:
            cursor = await connection.execute(query("next_due"), {"customers": people})
            found = {row["customer_id"]: Due(row["at"], row["inside"]) for row in await cursor.fetchall()}
        for customer in people or ():
            self._due.pop(customer, None)
        self._due |= found

    def _living(self, people: Iterable[int]) -> Any:
        latest = max(self._own[customer] for customer in people)
        return clock.rehearsed(Instants(latest, self._own, self._heard))

    async def _all(self, work: Iterable[Awaitable[Any]]) -> list[Any]:
        async def one(part: Awaitable[Any]) -> Any:
            async with self._at_once:
                return await part

        return await asyncio.gather(*map(one, work))


def _heard(script: Script, happened: Sequence[Happened], tick: Tick) -> dict[str, list[datetime]]:
    """When each source was heard, as its row in the database would say it: noted anew after ten seconds."""
    found: dict[str, list[datetime]] = {one.source: [script.start] for one in script.before}
    for one in happened:
        at, noted = instant(one.event.occurred_at, tick), found.setdefault(one.source, [])
        if not noted or noted[-1] < at - HEARD_EVERY:
            noted.append(at)
    last = max((noted[-1] for noted in found.values()), default=script.end) if script.open_ended else script.end
    for noted in found.values():
        noted += [last + SILENCE * n for n in range(1, int((script.end - last) / SILENCE) + 1)]
    return found
