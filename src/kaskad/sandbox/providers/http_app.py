"""The HTTP side: providers of push, web push, Viber and SMS, and the sandbox's own controls below `/_`."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from pydantic import ValidationError

from kaskad.channels.webhook_signature import HEADER, verify
from kaskad.domain.channel import Channel
from kaskad.domain.errors import InvalidSignature
from kaskad.sandbox.providers.behaviour import Behaviour
from kaskad.sandbox.providers.http_server import Request, Response
from kaskad.sandbox.providers.intake import IntakeResult, MessageIntake, SandboxMessage
from kaskad.sandbox.providers.receipts import Receipts
from kaskad.sandbox.providers.records import Journal, Outcome

_HTTP = {channel.value: channel for channel in (Channel.PUSH, Channel.WEBPUSH, Channel.VIBER, Channel.SMS)}
_GONE = {Channel.PUSH: "unregistered", Channel.WEBPUSH: "unregistered", Channel.VIBER: "not_a_user"}


class SandboxParts(Protocol):
    """The parts that the app uses."""

    behaviour: Behaviour

    @property
    def counter(self) -> MessageIntake: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def receipts(self) -> Receipts: ...


class HttpApp:
    """`POST /{channel}` takes a message, `GET /{channel}/{key}` shows its status, `POST /hooks/{name}` is a webhook."""

    def __init__(self, parts: SandboxParts, secret: str) -> None:
        self._parts, self._secret, self._bearer = parts, secret, f"Bearer {secret}".encode()
        self.hooks: list[dict[str, Any]] = []  # the webhooks received, the oldest first
        self._controls: dict[tuple[str, str], Callable[[Request], Awaitable[Response]]] = {
            ("PUT", "/_behaviour"): self._set_behaviour,
            ("GET", "/_behaviour"): self._get_behaviour,
            ("GET", "/_received"): self._received,
            ("GET", "/_summary"): self._summary,
            ("GET", "/_next"): self._next,
            ("POST", "/_tick"): self._tick,
        }

    async def __call__(self, request: Request) -> Response | None:
        """The answer; None to drop the connection."""
        path = urlsplit(request.target).path
        if control := self._controls.get((request.method, path)):
            return await control(request)
        _, name, *rest = path.split("/")
        if name == "hooks" and len(rest) == 1:
            return self._hear(request)
        channel = _HTTP.get(name)
        if channel is None or len(rest) > 1:
            return _json(404, detail="no such path")
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), self._bearer):
            return _json(401, code="unauthorized")
        match request.method, rest:
            case "POST", []:
                return await self._take(channel, request)
            case "GET", [key]:
                return self._get_status(channel, key)
        return _json(405, detail="POST /{channel} or GET /{channel}/{key}")

    async def _take(self, channel: Channel, request: Request) -> Response | None:
        key = request.headers.get("idempotency-key", "")
        try:
            document = json.loads(request.body)
            parcel = SandboxMessage(channel, key, document["to"], document["from"], document["content"])
        except (ValueError, KeyError, TypeError):
            return _json(400, code="unreadable")
        if not key or document.get("key") != key:
            return _json(400, code="key_missing", detail="Idempotency-Key and key must be the same")
        behaviour = self._parts.behaviour
        verdict = await self._parts.counter.take(parcel, behaviour)
        if delay := behaviour.rates(channel, parcel.to).delay_s:
            await asyncio.sleep(delay)
        return _answer(parcel, verdict)

    def _hear(self, request: Request) -> Response:
        """The answer to a webhook, as the shop's own systems would give it: it must be signed by Kaskad."""
        try:
            verify(request.body, request.headers.get(HEADER, ""), self._secret, now=datetime.now(UTC))
        except InvalidSignature as error:
            return _json(401, detail=str(error))
        self.hooks.append(json.loads(request.body))
        return _json(200)

    def _get_status(self, channel: Channel, key: str) -> Response:
        match self._parts.counter.known(channel, key):
            case None:
                return _json(404, status="unknown")
            case Outcome.REFUSED:
                return _json(200, status="refused", code=_GONE.get(channel, "opted_out"))
        return _json(200, status="accepted", id=_reference(channel, key))

    async def _set_behaviour(self, request: Request) -> Response:
        try:
            self._parts.behaviour = Behaviour.model_validate_json(request.body)
        except ValidationError as error:
            return _json(422, detail=str(error))
        return await self._get_behaviour(request)

    async def _get_behaviour(self, request: Request) -> Response:
        return Response(200, self._parts.behaviour.model_dump_json(exclude_unset=True).encode())

    async def _received(self, request: Request) -> Response:
        since = parse_qs(urlsplit(request.target).query).get("since", ["0"])[0]
        if not since.isdecimal():
            return _json(400, detail="since is how many records were read before")
        records = self._parts.journal.records[int(since) :]
        return _json(
            200, records=[record.model_dump(mode="json") for record in records], next=int(since) + len(records)
        )

    async def _summary(self, request: Request) -> Response:
        return _json(200, calls=self._parts.journal.summary())

    async def _next(self, request: Request) -> Response:
        at = self._parts.receipts.next_at()
        return _json(200, next_receipt_at=at and at.isoformat())

    async def _tick(self, request: Request) -> Response:
        return _json(200, posted=await self._parts.receipts.tick())


def _answer(parcel: SandboxMessage, verdict: IntakeResult) -> Response | None:
    match verdict:
        case IntakeResult(Outcome.LOST, repeated=False):
            return None
        case IntakeResult(Outcome.REFUSED):
            code = _GONE.get(parcel.channel, "opted_out")
            return _json(410 if code == "unregistered" else 422, code=code)
        case IntakeResult(Outcome.DEFERRED):
            return Response(429, b'{"code": "rate"}', {"Retry-After": "1"})
    return _json(200, id=_reference(parcel.channel, parcel.key))


def _reference(channel: Channel, key: str) -> str:
    return f"{channel.value}-{key[:13]}"


def _json(http_status: int, /, **document: Any) -> Response:
    return Response(http_status, json.dumps(document, ensure_ascii=False).encode())
