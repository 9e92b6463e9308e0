"""The rounds: each takes every customer's next instant, all of them in a few large passes of the real services.

A decision depends on nothing but its customer's own rows up to its instant, and on what everybody shares. So it does
not matter that in one round some customers live in May and others in June; only where something shared changes (a
product is sold out, or back), all wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from kaskad.domain.errors import Rejected
from kaskad.services.deciding import entering, fanout
from kaskad.services.rehearsal import looking, shared, telling
from kaskad.services.rehearsal.lives import Due, Life, Loudness, lives
from kaskad.services.rehearsal.passes import EVENTS, Passes
from kaskad.services.rehearsal.script import Happened, Script, Tick, in_order, instant
from kaskad.services.rehearsal.shared import Shelves
from kaskad.services.rehearsal.stage import Stage
from kaskad.services.rehearsal.telling import ToTell, Word
from kaskad.storage import clock, customers, looks
from kaskad.storage.clock import Instants
from kaskad.storage.queries import query

REST = 100  # decisions about one customer at one instant; more would never end
Progress = Callable[[int], None]  # so many of the script's events are done


class Rounds:
    """One script, played once. `workers`: passes at the same time."""

    def __init__(self, stage: Stage, script: Script, *, tick: Tick = None, workers: int = 2) -> None:
        self._stage, self._script, self._tick = stage, script, tick
        self._workers = workers
        self._own: dict[int, datetime] = {}
        self._due: dict[int, Due] = {}
        self._lives: dict[int, Life] = {}
        self._numbers = count()
        self._done = self.rounds = 0

    async def play(self, progress: Progress = lambda done: None) -> None:
        """Everything of the script, from its start to its end."""
        happened = in_order(self._script.happened, self._tick)
        people, products = shared.apart(happened)
        self._heard = self._script.heard or shared.heard(self._script, happened, self._tick)
        with clock.rehearsed(Instants(self._script.start, self._own, self._heard)):
            owners = await self._introduce(people)
        self._lives = lives(owners, people, self._script.start, self._tick)
        self._expect(await telling.written(self._stage, self._script.receipts))
        async with self._stage.database.transaction() as connection:
            versions = [one.version for one in await self._stage.catalogue.running(connection)]
        self._passes = Passes(self._stage, versions, self._workers)
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
            await self._passes.ingest([shelves.take(at)])
            while await fanout.expand_next(self._stage) is not None:
                pass
            while await entering.look_next(self._stage, puts_off=False) is not None:
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
        happened: list[list[Happened]] = []
        told: list[tuple[int, Word]] = []
        came: set[int] = set()
        for customer in waiting:
            life, due = self._lives[customer], self._due.get(customer)
            events = life.take_events(stop, due, self._loud, self._tick)
            what = [] if events else life.take_told(stop, due, self._tick)
            if events or what:
                came.add(customer)
                self._own[customer] = life.now
                happened.append(events)
                told += [(customer, one) for one in what]
        if came:
            with self._living(came):
                await self._passes.ingest(happened)
                await telling.hear(self._stage, told)
            await self._look_at_due(sorted(came))
        self._done += sum(map(len, happened))
        return came

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
            await self._passes.decide(people)
        self._expect(await telling.expected(self._stage))
        await self._look_at_due(people)

    def _expect(self, told: Iterable[ToTell]) -> None:
        for customer, at, what in told:
            life = self._lives.setdefault(customer, Life(customer, self._script.start))
            life.tell(instant(at, self._tick), what, next(self._numbers))

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
