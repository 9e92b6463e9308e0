"""The providers of the registry, each with the sandbox that it talks to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from kaskad.channels.base import Provider, ProviderConfig
from kaskad.channels.http import HttpProvider
from kaskad.channels.registry import build_provider
from kaskad.channels.smtp import SmtpProvider
from kaskad.domain.channel import Channel, OutboundMessage, Refused, Retry, SendResult, Sent, Unknown
from kaskad.sandbox.providers import Behaviour, Rates, Sandbox
from tests.contract.troubled_servers import answering

SECRET = "a secret of this test"
HEADERS = {"Authorization": f"Bearer {SECRET}"}
START = NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
ADDRESSES = {
    Channel.EMAIL: "kolya@mail.example",
    Channel.PUSH: "device-token",
    Channel.WEBPUSH: "https://push.example/subscription",
    Channel.VIBER: "+79990000001",
    Channel.SMS: "+79990000001",
}
# every adapter of the registry, with each channel it serves: test_every_adapter_is_here holds this list complete
CASES = [("smtp", Channel.EMAIL), *(("http", channel) for channel in ADDRESSES if channel is not Channel.EMAIL)]


@dataclass
class EngineClock:
    """The engine's clock, moved by hand."""

    at: datetime = START

    async def __call__(self) -> datetime:
        return self.at


@dataclass
class World:
    """One provider of one adapter, and the sandbox it talks to."""

    adapter: str
    channel: Channel
    sandbox: Sandbox
    clock: EngineClock
    client: httpx.AsyncClient
    made: list[Provider] = field(default_factory=list)

    @property
    def url(self) -> str:
        if self.adapter == "smtp":
            return f"smtp://127.0.0.1:{self.sandbox.smtp_port}"
        return f"{self.sandbox.http_url}/{self.channel}"

    def provider(self, url: str = "", secret: str = SECRET, **options: Any) -> Provider:
        config = ProviderConfig("under-test", self.channel, self.adapter, url or self.url, secret, options)
        self.made.append(build_provider(config, self.client, lambda: datetime.now(UTC)))
        return self.made[-1]

    def behave(self, **rates: Any) -> None:
        self.sandbox.behaviour = Behaviour(channels={self.channel: Rates(**rates)})

    def message(self, **changes: Any) -> OutboundMessage:
        return message(self.channel, **changes)

    def outcomes(self) -> list[str]:
        return [record.outcome.value for record in self.sandbox.received]


def message(channel: Channel, **changes: Any) -> OutboundMessage:
    email: Mapping[str, str] = {"subject": "Корзина ждёт", "text": "Здравствуйте!\nЭто мы.", "html": "<p>Это мы.</p>"}
    given: dict[str, Any] = {
        "id": uuid4(),
        "channel": channel,
        "address": ADDRESSES[channel],
        "sender": "Магазин <hello@shop.example>" if channel is Channel.EMAIL else "SHOP",
        "fields": email if channel is Channel.EMAIL else {"title": "Корзина", "text": "Это мы"},
        "expires_at": START + timedelta(days=1),
    }
    return OutboundMessage(**given | changes)


async def sent_over_http(client: httpx.AsyncClient, url: str, **options: Any) -> SendResult:
    config = ProviderConfig("x", Channel.SMS, "http", url, SECRET, {"timeout": 0.5} | options)
    return await HttpProvider(config, client, lambda: NOW).send(message(Channel.SMS))


async def answered_over_http(client: httpx.AsyncClient, status: int, said: Any) -> SendResult:
    """What the adapter makes of this answer, text or JSON, after one request."""
    body = said if isinstance(said, str) else json.dumps(said)
    async with answering(status, body.encode()) as (url, asked):
        result = await sent_over_http(client, url)
    assert len(asked) == 1
    return result


def kind(result: SendResult) -> str:
    """What a result says, in one word: ours and later are the shop's, dead is the recipient's."""
    match result:
        case Sent():
            return "sent"
        case Refused(address_dead=dead):
            return "dead" if dead else "refused"
        case Retry(outage=outage):
            return "ours" if outage else "later"
        case Unknown():
            return "unknown"


def mail_provider(port: int, **options: Any) -> SmtpProvider:
    config = ProviderConfig("mail", Channel.EMAIL, "smtp", f"smtp://127.0.0.1:{port}", SECRET, {"timeout": 2} | options)
    return SmtpProvider(config, lambda: NOW)


async def sent_by_mail(port: int, **options: Any) -> SendResult:
    mail = mail_provider(port, **options)
    try:
        return await mail.send(message(Channel.EMAIL))
    finally:
        await mail.aclose()


async def post_sms(
    client: httpx.AsyncClient, sandbox: Sandbox, key: str, to: str = "+79990000001", channel: str = "sms"
) -> httpx.Response:
    document = {"key": key, "to": to, "from": "SHOP", "content": {"text": "Это мы", "html": "<p>" * 9_000}}
    headers = {**HEADERS, "Idempotency-Key": key}
    return await client.post(f"{sandbox.http_url}/{channel}", json=document, headers=headers)


async def until(holds: Callable[[], bool], seconds: float = 3.0) -> bool:
    """True as soon as it holds, False when it does not within the time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.01)
    return True
