"""Outbound webhooks: calls another system with a signed HTTP request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import httpx
import orjson

from kaskad.channels import http_response, webhook_signature
from kaskad.channels.base import RETRY_SOON, Clock
from kaskad.channels.http import NOT_SENT, classify_redirect, parse_retry_after
from kaskad.channels.http_response import HttpResponse
from kaskad.domain.channel import Refused, Retry, SendResult, Sent, Unknown
from kaskad.domain.journeys.providers import WebhookSpec

CONNECT_TIMEOUT = 5.0  # seconds
_UNCLEAR = frozenset({408, 409, 425})  # interrupted, or the same key is in progress
_RETRY_LATER = frozenset({401, 402, 403, 407, 429})  # a key or an account to be fixed, or too many requests


class Webhook(Protocol):
    """One other system that journeys can call."""

    async def call(self, key: UUID, document: Mapping[str, Any]) -> SendResult:
        """The result of the call with that key; a network failure is a result too."""


class HttpWebhook:
    """Posts the document as JSON, with `Idempotency-Key` and `Kaskad-Signature: t=…,v1=…` over `t.body` (HMAC-SHA256).

    2xx is success, whatever the body says. 429 is retried; so are redirects and a wrong key, which a person must fix
    first. Any other 4xx is a refusal. After anything else the outcome is unknown.
    """

    def __init__(self, spec: WebhookSpec, secret: str, client: httpx.AsyncClient, *, now: Clock) -> None:
        self._spec, self._secret, self._client, self._now = spec, secret, client, now
        seconds = spec.timeout.longest.total_seconds()
        self._limits = {"timeout": httpx.Timeout(seconds, connect=CONNECT_TIMEOUT, pool=CONNECT_TIMEOUT).as_dict()}

    async def call(self, key: UUID, document: Mapping[str, Any]) -> SendResult:
        """The result of the call."""
        body = orjson.dumps(document)
        headers = {
            **self._spec.headers,
            "Content-Type": "application/json",
            "Idempotency-Key": str(key),
            webhook_signature.HEADER: webhook_signature.sign(body, self._secret, self._now()),
        }
        try:
            request = httpx.Request(
                self._spec.method, self._spec.url, content=body, headers=headers, extensions=self._limits
            )
            return self._read(http_response.read_response(await self._client.send(request)))
        except (*NOT_SENT, httpx.InvalidURL) as error:
            return Retry(f"not sent: {error}", RETRY_SOON, outage=True)
        except httpx.RequestError as error:
            return Unknown(f"{type(error).__name__}: {error}", outage=True)

    def _read(self, answer: HttpResponse) -> SendResult:
        status, why = answer.status, f"{answer.status} {answer.reason}".strip()
        if 200 <= status < 300:
            return Sent()
        if 300 <= status < 400:
            return classify_redirect(answer)
        if status in _RETRY_LATER:
            return Retry(why, parse_retry_after(answer.headers, self._now()))
        if 400 <= status < 500 and status not in _UNCLEAR:
            return Refused(why)
        return Unknown(why, outage=status >= 500)
