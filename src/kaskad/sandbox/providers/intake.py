"""Takes messages: decides their outcome by the behaviour, records them, and schedules their receipts."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kaskad.domain.channel import Channel
from kaskad.sandbox.providers.behaviour import Behaviour, Rates
from kaskad.sandbox.providers.records import Journal, Outcome, Record

_log = logging.getLogger(__name__)

EngineClock = Callable[[], Awaitable[datetime]]
MachineClock = Callable[[], datetime]

KEPT_CHARACTERS = 2_000  # characters of each field, unless `whole`: a load test would fill the memory


@dataclass(frozen=True, slots=True)
class SandboxMessage:
    """One message as a provider sees it."""

    channel: Channel
    key: str
    to: str
    sender: str
    fields: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """The result for the caller: `outcome` is that of the first call, also if this call is a repetition."""

    outcome: Outcome
    repeated: bool = False


class Scheduler(Protocol):
    """Schedules the receipts of an accepted message."""

    def schedule(self, parcel: SandboxMessage, behaviour: Behaviour, accepted_at: datetime) -> None: ...


class MessageIntake:
    """Takes messages of all channels. A key is processed once, however many calls come for it."""

    def __init__(
        self, journal: Journal, receipts: Scheduler, now: EngineClock, *, machine: MachineClock, whole: bool
    ) -> None:
        self._journal, self._receipts = journal, receipts
        self._now, self._machine, self._whole = _SharedClock(now, machine), machine, whole
        self._known: dict[tuple[Channel, str], Outcome] = {
            (record.channel, record.key): record.outcome
            for record in journal.records
            if record.key and record.outcome not in {Outcome.DUPLICATE, Outcome.DEFERRED}
        }
        self._deferred: Tally[tuple[Channel, str]] = Tally()
        self._taking: set[asyncio.Task[IntakeResult]] = set()

    async def take(self, parcel: SandboxMessage, behaviour: Behaviour) -> IntakeResult:
        """Decides and records. The caller waits `delay_s` and answers, or drops the connection if it is `lost`.

        A decision is recorded even if the caller is cancelled because its client has disconnected.
        """
        taking = asyncio.create_task(self._take(parcel, behaviour))
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)
        return await asyncio.shield(taking)

    async def settle(self) -> None:
        """Returns when all calls that have begun are recorded."""
        if self._taking:
            await asyncio.wait(self._taking)

    async def _take(self, parcel: SandboxMessage, behaviour: Behaviour) -> IntakeResult:
        machine_at = self._machine()
        engine_at = await self._now()
        # No await from here to the record: nobody may get an answer that is missing in the record after a crash.
        verdict = self._decide(parcel, behaviour, behaviour.rates(parcel.channel, parcel.to))
        outcome = Outcome.DUPLICATE if verdict.repeated else verdict.outcome
        self._journal.append(self._record(parcel, outcome, machine_at, engine_at=engine_at))
        if outcome in {Outcome.ACCEPTED, Outcome.LOST}:
            self._receipts.schedule(parcel, behaviour, engine_at)
        return verdict

    def known(self, channel: Channel, key: str) -> Outcome | None:
        """The outcome of a key; None if it was never processed."""
        return self._known.get((channel, key))

    def _record(self, parcel: SandboxMessage, outcome: Outcome, machine_at: datetime, *, engine_at: datetime) -> Record:
        fields = {name: text[:KEPT_CHARACTERS] for name, text in parcel.fields.items() if name != "html"}
        return Record(
            key=parcel.key,
            channel=parcel.channel,
            to=parcel.to,
            sender=parcel.sender,
            fields=parcel.fields if self._whole else fields,
            headers=parcel.headers,
            html_length=len(parcel.fields.get("html", "")),
            machine_at=machine_at,
            engine_at=engine_at,
            outcome=outcome,
        )

    def _decide(self, parcel: SandboxMessage, behaviour: Behaviour, rates: Rates) -> IntakeResult:
        """The result of a call. Nothing is awaited, so that two calls for one key cannot both be the first."""
        mine = parcel.channel, parcel.key
        if parcel.key and (first := self._known.get(mine)) is not None:
            return IntakeResult(first, repeated=True)
        if behaviour.happens(rates.refuse, "refuse", parcel.channel, parcel.to):
            outcome = Outcome.REFUSED
        elif behaviour.happens(rates.retry, "retry", *mine, self._deferred[mine]):
            self._deferred[mine] += 1
            return IntakeResult(Outcome.DEFERRED)
        else:
            outcome = Outcome.LOST if behaviour.happens(rates.lose, "lose", *mine) else Outcome.ACCEPTED
        if parcel.key:
            self._known[mine] = outcome
        return IntakeResult(outcome)


class _SharedClock:
    """The engine's clock, read once for all simultaneous callers; never by a read that began before the call.

    While it cannot be read (its database is down) the last value is used, since every send must be recorded.
    """

    def __init__(self, now: EngineClock, machine: MachineClock) -> None:
        self._now, self._machine = now, machine
        self._last: datetime | None = None
        self._next: asyncio.Task[datetime] | None = None
        self._running: asyncio.Task[datetime] | None = None

    async def __call__(self) -> datetime:
        if self._next is None:
            self._next = asyncio.create_task(self._read(self._running))
        return await asyncio.shield(self._next)

    async def _read(self, before: asyncio.Task[datetime] | None) -> datetime:
        if before is not None:
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        try:
            self._last = await self._now()
        except Exception:  # any error of the clock: see above
            _log.warning("the engine's clock cannot be read", exc_info=True)
        return self._last or self._machine()
