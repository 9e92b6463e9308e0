"""A provider that takes one JSON document per message: push, web push, Viber and SMS."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, Field

from kaskad.channels.base import SOON, Adapter, Clock, ProviderConfig
from kaskad.domain.channel import Outgoing, Refused, Result, Retry, Sent, Unknown

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_DEAD = frozenset({"unregistered", "not_a_user", "opted_out"})
_OURS = frozenset({401, 402, 403, 407})  # key, balance or rights: our trouble, not the message's; not processed
_UNCLEAR = frozenset({408, 409, 425})  # cut off, or the same key is being worked on
_LONGEST_WAIT = timedelta(days=1)


class HttpOptions(BaseModel):
    """What a provider of this kind may be given; times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connect_timeout: float = Field(default=5.0, gt=0)
    timeout: float = Field(default=20.0, gt=0)


class HttpProvider(Adapter[httpx.Request, httpx.Response | httpx.RequestError]):
    """`POST {url}` with the message's id as `Idempotency-Key`; `GET {url}/{id}` tells what became of it."""

    def __init__(self, config: ProviderConfig, client: httpx.AsyncClient, now: Clock) -> None:
        super().__init__(config, now)
        options = HttpOptions.model_validate(dict(config.options))
        self._client = client  # shared: whoever made it closes it
        self._timeout = httpx.Timeout(options.timeout, connect=options.connect_timeout, pool=options.connect_timeout)
        self._url, self._limits = httpx.URL(config.url), {"timeout": self._timeout.as_dict()}
        self._headers = {"Authorization": f"Bearer {config.secret}", "Content-Type": "application/json"}

    async def look_up(self, message: UUID) -> Result | None:
        try:
            response = await self._client.get(
                f"{self._config.url}/{message}", headers=self._headers, timeout=self._timeout
            )
        except httpx.RequestError:
            return None
        said = _json(response)
        match response.status_code, said.get("status"):
            case 200, "accepted":
                return Sent(str(said.get("id", "")))
            case 200, "refused":
                return _refused(response, said)
            case 404, "unknown":  # the bare 404 of a wrong URL must not send anything again
                return Retry("the provider never got it")
        return None

    def _build(self, message: Outgoing) -> httpx.Request | Refused:
        document = {
            "key": str(message.id),
            "to": message.address,
            "from": message.sender,
            "expires_at": message.expires_at.isoformat(),
            "collapse": message.collapse,
            "content": dict(message.fields),
        }
        try:
            body = orjson.dumps(document)
        except TypeError:  # half of a surrogate pair
            return Refused("the message is not valid Unicode")
        headers = {**self._headers, "Idempotency-Key": str(message.id)}
        # Not by the client: merging its defaults costs as much as sending.
        return httpx.Request("POST", self._url, content=body, headers=headers, extensions=self._limits)

    async def _post(self, prepared: httpx.Request) -> httpx.Response | httpx.RequestError:
        try:
            return await self._client.send(prepared)
        except httpx.RequestError as error:
            return error

    def _classify(self, answer: httpx.Response | httpx.RequestError) -> Result:
        if isinstance(answer, NOT_SENT):
            return Retry(f"not sent: {answer}", SOON, outage=True)
        if isinstance(answer, httpx.RequestError):
            return Unknown(f"{type(answer).__name__}: {answer}", outage=True)
        status, said = answer.status_code, _json(answer)
        if 200 <= status < 300:
            return Sent(str(said.get("id", ""))) if said else Unknown(f"{status} with an answer that is not JSON")
        if status == 429 or status in _OURS or (status == 503 and _says_not_processed(answer, said)):
            return Retry(_why(answer, said), retry_after(answer, self._now()), outage=status != 429)
        if 400 <= status < 500 and status not in _UNCLEAR:
            return _refused(answer, said)
        return Unknown(_why(answer, said), outage=status >= 500)


def _json(response: httpx.Response) -> Mapping[str, Any]:
    """The JSON object of an answer; empty when it is anything else."""
    try:
        document = orjson.loads(response.content)
    except ValueError:  # not JSON, not UTF-8
        return {}
    return document if isinstance(document, dict) else {}


def _refused(response: httpx.Response, said: Mapping[str, Any]) -> Refused:
    # A 404 without the provider's own words may come from a wrong URL: that must not kill every contact.
    gone = response.status_code == 410 or (response.status_code == 404 and bool(said))
    return Refused(_why(response, said), address_dead=gone or said.get("code") in _DEAD)


def _why(response: httpx.Response, said: Mapping[str, Any]) -> str:
    words = str(said.get("detail") or said.get("code") or response.reason_phrase)
    return f"{response.status_code} {words}"[:200]


def _says_not_processed(response: httpx.Response, said: Mapping[str, Any]) -> bool:
    return said.get("processed") is False or response.headers.get("processed", "").lower() == "false"


def retry_after(response: httpx.Response, now: datetime) -> timedelta:
    """How long the provider asks to wait (`Retry-After`: seconds or a date), between none and a day."""
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) < 10:
        return min(timedelta(seconds=int(text)), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return Retry("").after
    if until.tzinfo is None:  # "-0000": UTC by RFC 5322
        until = until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), _LONGEST_WAIT)
