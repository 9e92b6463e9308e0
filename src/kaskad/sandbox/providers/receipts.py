"""Receipts of accepted messages, posted as signed webhooks when the engine's clock reaches their time."""

from __future__ import annotations

import asyncio
import heapq
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, groupby

import httpx

from kaskad.channels import webhook_signature
from kaskad.domain.channel import Channel, ReceiptKind
from kaskad.sandbox.providers.behaviour import Behaviour
from kaskad.sandbox.providers.intake import EngineClock, MachineClock, SandboxMessage

BATCH = 200  # receipts in one webhook
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class _DueReceipt:
    at: datetime
    number: int  # keeps equal times in the order of acceptance
    channel: Channel = field(compare=False)
    key: str = field(compare=False)
    kind: ReceiptKind = field(compare=False)
    by_machine: bool = field(compare=False, default=False)

    def as_line(self) -> dict[str, object]:
        failed = self.kind is ReceiptKind.FAILED
        line: dict[str, object] = {"key": self.key, "kind": self.kind.value, "at": self.at.isoformat()}
        if self.by_machine:
            line["by_machine"] = True
        return line | ({"address_dead": True, "detail": "no such recipient"} if failed else {})


class Receipts:
    """A queue of receipts by the engine's time. A receipt that the API does not take stays in it."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        now: EngineClock,
        machine: MachineClock,
        *,
        secret: str,
        hooks_url: str | None,
        providers: Mapping[Channel, str],
    ) -> None:
        """`providers`: the last part of each channel's webhook address; by default the channel's own name."""
        self.hooks_url = hooks_url  # may be set later; without one nothing is posted
        self._client, self._now, self._machine, self._secret = client, now, machine, secret
        self._providers = dict(providers)
        self._queue: list[_DueReceipt] = []
        self._numbers = count()
        self._turn = asyncio.Lock()

    def schedule(self, parcel: SandboxMessage, behaviour: Behaviour, accepted_at: datetime) -> None:
        for after, kind, by_machine in _plan_receipts(parcel, behaviour):
            due = _DueReceipt(accepted_at + after, next(self._numbers), parcel.channel, parcel.key, kind, by_machine)
            heapq.heappush(self._queue, due)

    def next_at(self) -> datetime | None:
        """When the next receipt is due on the engine's clock; None if there is none."""
        return self._queue[0].at if self._queue else None

    async def tick(self) -> int:
        """Posts all due receipts, one at a time in the order of their times; how many the API took."""
        async with self._turn:
            if self.hooks_url is None or not self._queue:
                return 0
            now, due = await self._now(), []
            while self._queue and self._queue[0].at <= now:
                due.append(heapq.heappop(self._queue))
            taken, waiting = 0, list(_batches(due))
            try:
                while waiting:
                    channel = waiting[0][0].channel
                    if await self._post(waiting[0]):
                        taken += len(waiting.pop(0))
                    else:  # the channel's other receipts wait too, to keep their order
                        self._put_back(batch for batch in waiting if batch[0].channel is channel)
                        waiting = [batch for batch in waiting if batch[0].channel is not channel]
            finally:
                self._put_back(waiting)
            return taken

    def _put_back(self, batches: Iterable[list[_DueReceipt]]) -> None:
        for batch in batches:
            for receipt in batch:
                heapq.heappush(self._queue, receipt)

    async def _post(self, batch: list[_DueReceipt]) -> bool:
        channel = batch[0].channel
        body = json.dumps([receipt.as_line() for receipt in batch]).encode()
        signature = webhook_signature.sign(body, self._secret, self._machine())
        headers = {webhook_signature.HEADER: signature, "Content-Type": "application/json"}
        url = f"{self.hooks_url}/{self._providers.get(channel, channel.value)}"
        try:
            response = await self._client.post(url, content=body, headers=headers, timeout=30)
        except httpx.RequestError as error:
            _log.warning("receipts for %s wait: %r", channel, error)
            return False
        if not response.is_success:
            _log.warning("receipts for %s wait: the API answered %s", channel, response.status_code)
        return response.is_success


def _batches(due: Iterable[_DueReceipt]) -> Iterator[list[_DueReceipt]]:
    by_channel = sorted(due, key=lambda receipt: (receipt.channel, receipt))
    for _, group in groupby(by_channel, key=lambda receipt: receipt.channel):
        receipts = list(group)
        yield from (receipts[start : start + BATCH] for start in range(0, len(receipts), BATCH))


def _plan_receipts(parcel: SandboxMessage, behaviour: Behaviour) -> Iterator[tuple[timedelta, ReceiptKind, bool]]:
    """All receipts of one accepted message, each with its time after acceptance."""
    rates, key = behaviour.rates(parcel.channel, parcel.to), parcel.key
    if not key:
        return
    if behaviour.happens(rates.confirm, "confirm", key):
        yield timedelta(), ReceiptKind.SENT, False
    if behaviour.happens(rates.swallow, "swallow", key):
        yield behaviour.within(rates.failed_after, "failed_after", key), ReceiptKind.FAILED, False
        return
    if not behaviour.happens(rates.deliver, "deliver", key):
        return
    delivered = behaviour.within(rates.delivered_after, "delivered_after", key)
    yield delivered, ReceiptKind.DELIVERED, False
    if behaviour.happens(rates.machine_open, "machine_open", key):
        after = behaviour.within(rates.machine_opened_after, "machine_opened_after", key)
        yield delivered + after, ReceiptKind.OPENED, True
    seen = delivered
    if behaviour.happens(rates.open, "open", key):
        seen += behaviour.within(rates.opened_after, "opened_after", key)
        yield seen, ReceiptKind.OPENED, False
    if behaviour.happens(rates.click, "click", key):
        yield seen + behaviour.within(rates.clicked_after, "clicked_after", key), ReceiptKind.CLICKED, False
