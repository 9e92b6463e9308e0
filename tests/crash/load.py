"""Customers who look, leave carts, ask for what is sold out and, some of them, buy: told until the API says yes."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.crash.victim import JOURNEYS, Victim

AT_ONCE = 20  # customers whose story goes in one request
BUYERS = 0.4
BUYS_WITHIN = 12.0  # seconds after the cart was taken down
AGAIN_AFTER = (0.05, 0.3)  # seconds before a client tries again
SPARE = 1.1  # of the sends: a channel that is down is passed over
AHEAD = 2_500  # sends by which shoppers may be ahead of the blows
ENOUGH_WAITS = 1_200  # people and messages due: more would only wait
DUE = """
SELECT (SELECT count(*) FROM enrollment WHERE status IN ('candidate', 'active')
           AND due_at <= clock_timestamp() + interval '1 second')
     + (SELECT count(*) FROM message WHERE status = 'queued') AS waits"""


@dataclass
class Told:
    """What the API has taken, by the clock of this machine (Unix time): the judge's side of the story."""

    carts: set[str] = field(default_factory=set)
    orders: dict[str, float] = field(default_factory=dict)  # customer → when the purchase was acknowledged
    asked_for: dict[str, list[str]] = field(default_factory=dict)  # sold-out product → who asked for it
    restocked: list[str] = field(default_factory=list)  # products, once that was acknowledged
    events: int = 0
    refusals: int = 0  # requests that had to be sent again

    @property
    def sends(self) -> int:
        """How many messages these customers will get, at least."""
        quiet = len(self.carts) - len(self.orders)
        return 8 * quiet + 4 * len(self.orders) + 4 * len(self.back)

    @property
    def back(self) -> set[str]:
        """Everybody whose product is back."""
        return {customer for product in self.restocked for customer in self.asked_for.get(product, ())}


class Load:
    """They come in groups while there is room; `restock` is one more delivery to the shop."""

    def __init__(self, stack: Victim, seed: int) -> None:
        self._stack, self._chance, self._count, self._product = stack, random.Random(seed), 0, 0
        self._opened = 0
        self._asking: Counter[str] = Counter()  # groups on their way to ask for a product
        self._keys = {source: key for key, source in stack.settings.write_keys().items()}
        self._client = httpx.AsyncClient(base_url=stack.api, trust_env=False, timeout=10)
        self._buying: set[asyncio.Task[None]] = set()
        self.acknowledged = Told()

    async def come(self, sends: int, fallen: Callable[[], float]) -> None:
        """Returns when enough have come for so many sends, and everybody who meant to buy has bought.

        `fallen` tells which part of the blows has fallen: shoppers come all the while, not all before.
        """
        await self._tell([*_product("pizza", 1_000), *_product(self._sold_out, 0)], "store")
        while self.acknowledged.sends < SPARE * sends:
            if self.acknowledged.sends < SPARE * sends * fallen() + AHEAD and await self._room():
                await self._group()
            else:
                await asyncio.sleep(0.1)
        await asyncio.gather(*self._buying)

    async def restock(self) -> None:
        """What people asked for so far is back; from now on they ask for something else."""
        product, self._product = self._sold_out, self._product + 1
        await self._tell(_product(self._sold_out, 0), "store")
        while self._asking[product]:  # noqa: ASYNC110 - whoever is on the way there arrives first
            await asyncio.sleep(0.02)
        await self._tell(_product(product, 1_000), "store")
        self.acknowledged.restocked.append(product)

    async def open_app(self) -> None:
        """Somebody opens the app: one event more."""
        self._opened += 1
        await self._tell([_track("guest", "app_opened", f" {self._opened}")])

    async def close(self) -> None:
        """Nobody comes any more."""
        await self._client.aclose()

    @property
    def _sold_out(self) -> str:
        return f"rare-{self._product}"

    async def _room(self) -> bool:
        with suppress(Exception):
            (row,) = await self._stack.rows(DUE)
            return bool(row["waits"] < ENOUGH_WAITS)
        return False

    async def _group(self) -> None:
        customers = [f"s{self._count + number}" for number in range(AT_ONCE)]
        self._count += AT_ONCE
        product = self._sold_out
        self._asking[product] += 1
        await self._tell([call for customer in customers for call in _story(customer, product)])
        self._asking[product] -= 1
        self.acknowledged.carts.update(customers)
        self.acknowledged.asked_for.setdefault(product, []).extend(customers)
        for customer in customers:
            if self._chance.random() < BUYERS:
                task = asyncio.create_task(self._buy(customer, self._chance.uniform(0, BUYS_WITHIN)))
                self._buying.add(task)
                task.add_done_callback(self._buying.discard)

    async def _buy(self, customer: str, after: float) -> None:
        await asyncio.sleep(after)
        order = {"order_id": f"order-{customer}", "total": 900, "place": "site"}
        await self._tell([_track(customer, "Order Completed", **order)])
        self.acknowledged.orders[customer] = time.time()

    async def _tell(self, calls: Sequence[dict[str, Any]], source: str = "site") -> None:
        """Until it is acknowledged: the same calls again, as Segment's clients do."""
        while not await self._taken(calls, source):
            self.acknowledged.refusals += 1
            await asyncio.sleep(self._chance.uniform(*AGAIN_AFTER))
        self.acknowledged.events += len(calls)

    async def _taken(self, calls: Sequence[dict[str, Any]], source: str) -> bool:
        try:
            answer = await self._client.post("/v1/batch", json={"batch": calls}, auth=(self._keys[source], ""))
        except httpx.TransportError:
            return False
        assert answer.status_code not in (400, 401, 413), answer.text
        assert not answer.is_success or "rejected" not in answer.json(), answer.text
        return answer.is_success


def _story(customer: str, product: str) -> Iterator[dict[str, Any]]:
    device = {"device": {"token": f"token-{customer}", "type": "android"}}
    traits = {"firstName": customer, "email": f"{customer}@customer.example", "phone": _phone(customer)}
    yield {**_call(customer, "identify"), "type": "identify", "traits": traits, "context": device}
    yield _track(customer, "consent_given", purpose="marketing")
    yield _track(customer, "Product Subscribed", product_id=product)
    pizza = {"product_id": "pizza", "name": "Pizza", "price": 549}
    yield _track(customer, "Product Viewed", " once", **pizza)
    yield _track(customer, "Product Viewed", " twice", **pizza)
    yield _track(customer, "Product Added", cart_id=f"cart-{customer}", quantity=2, **pizza)


def _product(product: str, units: int) -> list[dict[str, Any]]:
    """What it is, and how many of it there are."""
    change = f" of {product}, {units}"
    known = _track("warehouse", "Product Updated", change, product_id=product, name=product.title(), price=549)
    return [known, _track("warehouse", "Product Stock Changed", change, product_id=product, store="s1", stock=units)]


def _track(customer: str, event: str, more: str = "", /, **properties: Any) -> dict[str, Any]:
    return {**_call(customer, f"{event}{more}"), "type": "track", "event": event, "properties": properties}


def _call(customer: str, what: str) -> dict[str, Any]:
    return {"userId": customer, "messageId": f"{customer}/{what}", "timestamp": datetime.now(UTC).isoformat()}


def addresses(customer: str) -> dict[str, str]:
    """Where each channel reaches the customer."""
    phone = _phone(customer)
    return {"push": f"token-{customer}", "email": f"{customer}@customer.example", "viber": phone, "sms": phone}


def senders() -> dict[str, str]:
    """The journey by the name in which it writes, in every channel."""
    mail = {f"{name.title()} <{name}@shop.example>": name for name in JOURNEYS}
    return {**mail, **{name: name for name in JOURNEYS}}


def _phone(customer: str) -> str:
    return f"+79{int(customer.removeprefix('s')):09}"
