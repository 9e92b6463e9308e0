"""A whole stack for a test: the shipped project on a database of its own, a real sandbox, a stepped clock."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from kaskad import settings
from kaskad.domain.channel import Channel
from kaskad.domain.journeys.project import Project
from kaskad.runtime import Runtime, open_runtime
from kaskad.sandbox.providers import Behaviour, Outcome, Rates, Record, Sandbox
from kaskad.services.decisions import entrance_scanner, fanout, runner
from kaskad.services.delivery import deliver
from kaskad.services.delivery.deliver import DeliveryBatchResult
from kaskad.services.ingestion import ingest, segment_events
from kaskad.services.publishing import publish
from kaskad.storage import clock
from kaskad.storage.delivery import promo_codes
from tests.support.paths import ROOT
from tests.support.shipped import shipped_codes, shipped_draft

NOON = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Moscow
ALL = ("push", "email", "webpush", "viber", "sms", "call")
HEARING = Behaviour(default=Rates())


@dataclass
class Stack:
    """One shop, one test."""

    runtime: Runtime
    sandbox: Sandbox
    project: Project
    now: datetime = NOON
    passed: list[datetime] = field(default_factory=list)

    async def at(self, moment: datetime | timedelta) -> None:
        """Steps the engine's clock to an instant, or on by a length of time."""
        self.now = moment if isinstance(moment, datetime) else self.now + moment
        async with self.runtime.database.transaction() as connection:
            await clock.set_clock(connection, self.now)

    async def track(
        self, user: str, event: str, /, source: str = "site", at: datetime | None = None, **props: Any
    ) -> str:
        """Ingests one event as a Segment client would send it; its message id."""
        id_ = props.pop("message_id", None) or str(uuid4())
        call = {"type": "track", "event": event, "properties": props}
        await self.post(source, [self.call(call, user, id_, at)])
        return id_

    async def identify(self, user: str, at: datetime | None = None, context: Any = None, **traits: Any) -> None:
        """Ingests one `identify`."""
        call = {"type": "identify", "traits": traits, "context": context or {}}
        await self.post("site", [self.call(call, user, str(uuid4()), at)])

    def call(self, call: dict[str, Any], user: str, id_: str, at: datetime | None) -> dict[str, Any]:
        """The call with who, when and its id."""
        return call | {"userId": user, "messageId": id_, "timestamp": (at or self.now).isoformat()}

    async def post(self, source: str, batch: list[dict[str, Any]]) -> ingest.IngestResult:
        """Ingests a batch."""
        events = segment_events.read_batch({"batch": batch}, datetime.now(UTC), self.project)
        return await ingest.ingest(self.runtime, source, events)

    async def person(self, user: str, *channels: str, consent: bool = True, **traits: Any) -> None:
        """Somebody who can be reached through these channels (and, where a phone makes more of them, those too)."""
        context = {"device": {"token": f"push-{user}", "type": "android"}} if "push" in channels else {}
        if "email" in channels:
            traits["email"] = f"{user}@customer.example"
        if {"sms", "viber", "call"} & set(channels):
            traits["phone"] = f"+79{zlib.crc32(user.encode()) % 10**9:09}"  # mobile; others may be toll-free
        if "webpush" in channels:
            traits["webpush"] = f"https://push.example/{user}"
        zone = traits.pop("timezone", "Europe/Moscow")
        await self.identify(user, context=context, firstName=user.title(), timezone=zone, **traits)
        for channel in ALL if consent else ():
            await self.track(user, "consent_given", purpose="marketing", channel=channel)

    async def cart(self, user: str, cart: str = "k1", price: float = 1500, product: str = "pepperoni") -> None:
        """Puts one product, which is in stock, into a cart."""
        await self.stock(product, 5)
        await self.track(
            user, "Product Added", cart_id=cart, product_id=product, name=product.title(), price=price, quantity=1
        )

    async def stock(self, product: str, units: int) -> None:
        """Tells how many of a product there are."""
        await self.track("warehouse", "product_stock_changed", product_id=product, store="s1", stock=units)

    async def tills(self) -> None:
        """Lets the tills be heard of, so that nothing is held for their silence."""
        await self.track("nobody", "app_opened", source="store")

    async def decide(self, journey: str) -> runner.DecisionBatchResult:
        """Advances all that is due in the journey."""
        total = runner.DecisionBatchResult()
        while (done := await runner.decide_batch(self.runtime, journey)).people:
            total = done
        return total

    async def deliver(self, journey: str) -> DeliveryBatchResult:
        """Delivers all that is queued in the journey."""
        total = DeliveryBatchResult()
        for channel in Channel:
            total += await deliver.deliver_batch(self.runtime, journey, channel)
        return total

    async def run(self, journey: str) -> DeliveryBatchResult:
        """Fan-outs and looks, then decides and delivers until nothing is left to do now."""
        while await fanout.expand_next(self.runtime) is not None:
            pass
        while await entrance_scanner.scan_next(self.runtime) is not None:
            pass
        total = DeliveryBatchResult()
        for _ in range(20):
            decided = await self.decide(journey)
            done = await self.deliver(journey)
            total += done
            if not decided.people and not done.claimed:
                return total
        raise AssertionError(f"{journey} does not come to rest")

    @property
    def reached(self) -> list[Record]:
        """What reached customers, as the sandbox saw it."""
        return [record for record in self.sandbox.received if record.outcome in (Outcome.ACCEPTED, Outcome.LOST)]

    def sent(self) -> list[tuple[str, str]]:
        """(channel, address) of all that reached customers, in order."""
        return [(record.channel.value, record.to) for record in self.reached]

    async def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """Rows of a query."""
        async with self.runtime.database.transaction() as connection:
            cursor = await connection.execute(sql, params)
            return await cursor.fetchall() if cursor.description else []


class OpenStack(Protocol):
    """Opens stacks for one test, with what `running_stack` may be told; they end with the test."""

    async def __call__(
        self, *, behaviour: Behaviour = HEARING, edit: Callable[[Project], Project] = ..., lease: float = 120
    ) -> Stack: ...


@asynccontextmanager
async def running_stack(
    database_url: str,
    tmp_path: Path,
    *,
    behaviour: Behaviour = HEARING,
    edit: Callable[[Project], Project] = lambda project: project,
    lease: float = 120,
) -> AsyncIterator[Stack]:
    """The shipped project, edited, published and running, with its clock at noon of a Tuesday."""
    environment = {
        "KASKAD_DATABASE_URL": database_url,
        "KASKAD_HOME": str(tmp_path),
        "KASKAD_LEASE_SECONDS": str(lease),
    }
    config = settings.load_settings(ROOT, environment)
    async with open_runtime(config) as runtime:

        async def now() -> datetime:
            async with runtime.database.transaction() as connection:
                return await clock.read_now(connection)

        secret = config.provider_secret(settings.SANDBOX_SECRET)
        async with Sandbox(None, now, behaviour, secret=secret, whole=True) as sandbox:
            draft = shipped_draft()
            project = edit(_pointed(draft.project, sandbox))
            async with runtime.database.transaction() as connection:
                for promo in project.promos.values():
                    await promo_codes.sync_codes(connection, promo, shipped_codes(promo.name), now=NOON)
            await publish.publish(runtime, project, draft.compiled)
            async with runtime.database.transaction() as connection:
                await runtime.catalogue.refresh(connection)
            stack = Stack(runtime, sandbox, project)
            await stack.at(NOON)
            yield stack


def _pointed(project: Project, sandbox: Sandbox) -> Project:
    """The project with its providers at this sandbox's ports."""
    providers = {
        name: spec.model_copy(
            update={
                "url": f"smtp://127.0.0.1:{sandbox.smtp_port}"
                if spec.adapter == "smtp"
                else f"{sandbox.http_url}/{name.removeprefix('sandbox_')}"
            }
        )
        for name, spec in project.providers.items()
    }
    return project.model_copy(update={"providers": providers})
