"""The simulator: each round takes every customer's next time, all of them in a few large batches of the real services.

A decision depends only on its customer's own rows up to its time, and on what all customers share. So in one round
some customers may be in May and others in June; only when something shared changes (a product is sold out, or
back), all wait for each other. Customers with one address move in order of time: what one is sent counts for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from kaskad.domain.errors import Rejected
from kaskad.services.decisions import entrance_scanner, fanout
from kaskad.services.identities import introducing
from kaskad.services.ingestion import speakers
from kaskad.services.simulation import scan_skipping, shared_timelines, simulated_receipts
from kaskad.services.simulation.batches import BatchRunner
from kaskad.services.simulation.customer_timelines import CustomerTimeline, EventSensitivity, NextDue, build_timelines
from kaskad.services.simulation.runtime import SimulationRuntime
from kaskad.services.simulation.script import Script, ScriptEvent, Tick, align_to_tick, sort_events
from kaskad.services.simulation.shared_mailboxes import SharedMailboxes
from kaskad.services.simulation.shared_timelines import InventoryTimeline
from kaskad.services.simulation.simulated_receipts import AnyReceipt, DueReceipt
from kaskad.storage import clock, entrance_scans, fanouts
from kaskad.storage.clock import Instants
from kaskad.storage.queries import query

ANALYZE_EVERY = 100  # decisions about one customer at one time; more would be an endless loop
Progress = Callable[[int], None]  # how many of the script's events are done


class Simulator:
    """Plays one script once. `workers`: batches at the same time."""

    def __init__(self, runtime: SimulationRuntime, script: Script, *, tick: Tick = None, workers: int = 2) -> None:
        self._runtime, self._script, self._tick = runtime, script, tick
        self._workers = workers
        self._own: dict[int, datetime] = {}
        self._due: dict[int, NextDue] = {}
        self._timelines: dict[int, CustomerTimeline] = {}
        self._numbers = count()
        self._done = self.rounds = 0

    async def play(self, progress: Progress = lambda done: None) -> None:
        """Plays the whole script, from its start to its end."""
        happened = sort_events(self._script.happened, self._tick)
        people, products = shared_timelines.split_events(happened)
        self._heard = self._script.heard or shared_timelines.source_heartbeats(self._script, happened, self._tick)
        with clock.simulate_clock(Instants(self._script.start, self._own, self._heard)):
            owners = await self._introduce(people)
        self._timelines = build_timelines(owners, people, self._script.start, tick=self._tick)
        self._mailboxes = SharedMailboxes(owners, people, self._runtime.catalogue.project.shop.home)
        self._add_receipts(await simulated_receipts.resolve_script_receipts(self._runtime, self._script.receipts))
        async with self._runtime.database.transaction() as connection:
            versions = [published.version for published in await self._runtime.catalogue.running(connection)]
        self._batches = BatchRunner(self._runtime, versions, self._workers)
        self._sensitivity = EventSensitivity.of(versions)
        self._can_skip_scans = any(scan_skipping.can_skip_scans(version, self._tick) for version in versions)
        inventory = InventoryTimeline(products, versions, self._tick)
        while (stop := await self._next_stop(inventory)) is not None and stop <= self._script.end:
            await self._until(stop, progress)
            await self._apply_inventory(inventory, stop)
        await self._until(self._script.end + timedelta(microseconds=1), progress)

    async def _introduce(self, happened: Sequence[ScriptEvent]) -> list[int]:
        """Returns the customer of each event; creates customers in the order of their first event.

        Who turns out to be one person in the course of the script, is one from its start.
        """
        project = self._runtime.catalogue.project
        told = (
            speaker
            for said in happened
            for speaker in speakers.read([said.event], said.source, project=project, now=said.event.occurred_at)
        )
        async with self._runtime.database.transaction() as connection:
            return await introducing.introduce(connection, told, project, now=self._script.start)

    async def _next_stop(self, inventory: InventoryTimeline) -> datetime | None:
        async with self._runtime.database.transaction() as connection:
            due = await fanouts.get_next_due(connection)
        known = [inventory.next_stop, align_to_tick(due, self._tick) if due else None]
        looked = await self._next_scan([at for at in known if at])
        return min((at for at in (*known, looked) if at), default=None)

    async def _next_scan(self, stops: Sequence[datetime]) -> datetime | None:
        """Returns when the next entrance scan runs; not before it may find a customer."""
        if self._can_skip_scans:
            following = [
                timeline.next_at(self._due.get(timeline.customer), self._tick) for timeline in self._timelines.values()
            ]
            quiet = min([self._script.end, *stops, *(at for at in following if at)])
            await scan_skipping.skip_idle_scans(self._runtime, quiet, len(self._timelines))
        async with self._runtime.database.transaction() as connection:
            due = await entrance_scans.get_next_due(connection)
        return align_to_tick(due, self._tick) if due else None

    async def _apply_inventory(self, inventory: InventoryTimeline, at: datetime) -> None:
        """Applies product changes for all customers: fans out to those who wait, and scans the entrances."""
        with clock.simulate_clock(Instants(at, {}, self._heard)):
            await self._batches.ingest([inventory.take(at)])
            while await fanout.expand_next(self._runtime) is not None:
                pass
            while await entrance_scanner.scan_next(self._runtime, puts_off=False) is not None:
                pass
        await self._update_due(None)
        for customer in self._due:
            self._timelines.setdefault(customer, CustomerTimeline(customer, at))

    async def _until(self, stop: datetime, progress: Progress) -> None:
        """Takes all customers up to that time; its events are ingested, but nothing of it is decided yet."""
        waiting = set(self._timelines)
        while waiting:
            self.rounds += 1
            if self.rounds & (self.rounds - 1) == 0:
                await self._runtime.analyze()
            held = self._find_waiting(waiting, stop)
            came = await self._take_next(waiting - held, stop)
            behind = self._find_waiting(waiting, stop)
            deciding = {
                customer: at
                for customer in waiting - behind
                if (at := self._timelines[customer].decides_at(stop, self._due.get(customer), self._tick)) is not None
            }
            await self._decide(deciding)
            progress(self._done)
            moved = came | set(deciding)
            waiting = moved | held | behind if moved else set()

    def _find_waiting(self, waiting: set[int], stop: datetime) -> set[int]:
        """Returns those who wait, as another one with their address is not as far."""
        return self._mailboxes.find_waiting(waiting, stop, self._next_at)

    def _next_at(self, customer: int) -> datetime | None:
        timeline = self._timelines.get(customer)
        return timeline.next_at(self._due.get(customer), self._tick) if timeline else None

    async def _take_next(self, waiting: Iterable[int], stop: datetime) -> set[int]:
        """Takes what happens next to each of them; returns the customers to whom something happened."""
        happened: list[list[ScriptEvent]] = []
        due_receipts: list[tuple[int, AnyReceipt]] = []
        came: set[int] = set()
        limits = self._mailboxes.limits(stop, self._next_at)
        for customer in waiting:
            timeline, due = self._timelines[customer], self._due.get(customer)
            until = min(stop, limits.get(customer, stop))
            events = timeline.take_events(until, due, self._sensitivity, tick=self._tick)
            receipts = [] if events else timeline.take_receipts(stop, due, self._tick)
            if events or receipts:
                came.add(customer)
                self._own[customer] = timeline.now
                happened.append(events)
                due_receipts += [(customer, receipt) for receipt in receipts]
        if came:
            with self._clock_of(came):
                await self._batches.ingest(happened)
                await simulated_receipts.apply_receipts(self._runtime, due_receipts)
            await self._update_due(sorted(came))
        self._done += sum(map(len, happened))
        return came

    async def _decide(self, deciding: dict[int, datetime]) -> None:
        """Decides each customer at their own time, and delivers what was queued."""
        if not deciding:
            return
        for customer, at in deciding.items():
            timeline = self._timelines[customer]
            timeline.again = timeline.again + 1 if timeline.now == at else 0
            if timeline.again > ANALYZE_EVERY:
                raise Rejected(f"customer {customer} does not come to rest at {at:%Y-%m-%d %H:%M}")
            timeline.now = self._own[customer] = at
        people = sorted(deciding)
        with self._clock_of(people):
            await self._batches.decide(people)
        self._add_receipts(await simulated_receipts.collect_due_receipts(self._runtime))
        await self._update_due(people)

    def _add_receipts(self, due_receipts: Iterable[DueReceipt]) -> None:
        for customer, at, receipt in due_receipts:
            timeline = self._timelines.setdefault(customer, CustomerTimeline(customer, self._script.start))
            timeline.tell(align_to_tick(at, self._tick), receipt, next(self._numbers))

    async def _update_due(self, people: Sequence[int] | None) -> None:
        """Updates when each customer is due next; None updates all."""
        async with self._runtime.database.transaction() as connection:
            cursor = await connection.execute(query("next_due_by_customer"), {"customers": people})
            found = {row["customer_id"]: NextDue(row["at"], row["inside"]) for row in await cursor.fetchall()}
        for customer in people or ():
            self._due.pop(customer, None)
        self._due |= found

    def _clock_of(self, people: Iterable[int]) -> Any:
        latest = max(self._own[customer] for customer in people)
        return clock.simulate_clock(Instants(latest, self._own, self._heard))
