"""A provider that accepts one JSON document per message: push, web push, Viber and SMS."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from uuid import UUID

import httpx
import orjson

from kaskad.channels import http_response
from kaskad.channels.base import RETRY_SOON, Adapter, Clock, ProviderConfig
from kaskad.channels.error_classification import ErrorSubject, classify_error_text, is_broken, normalize_text
from kaskad.channels.http_response import HttpResponse
from kaskad.channels.options import HttpOptions
from kaskad.domain.channel import OutboundMessage, Refused, Retry, SendResult, Sent, Unknown

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# normalized codes for an unknown address, and for a recipient who refuses messages
_DEAD_ADDRESS = frozenset(
    {
        "baddevicetoken",
        "devicenotregistered",
        "hardbounce",
        "notauser",
        "notregistered",
        "optedout",
        "receivernotregistered",
        "receivernotsubscribed",
        "unregistered",
        "unsub",
    }
)
_COMPLAINED, _REASONS = frozenset({"spam"}), frozenset({"rejectreason", "rejectionreason"})
_ENDS = frozenset({ErrorSubject.REFUSED, ErrorSubject.GONE})
_ACCOUNT_STATUSES = frozenset({401, 403})  # key or permissions: the account's fault, unless it names the recipient
_ALWAYS_ACCOUNT = frozenset({402, 407})  # balance, a proxy's key
_UNCLEAR = frozenset({408, 409, 425})  # interrupted, or the same key is in progress
_SEE_OTHER = 303  # the only redirect that may follow an executed request
_WRONG_PLACE = re.compile(r"not found|\b(?:url|uri|route|endpoint|resource|path|page|cannot post|method)\b")
_LONGEST_WAIT = timedelta(days=1)


class HttpProvider(Adapter[httpx.Request, HttpResponse | httpx.RequestError]):
    """`POST {url}` with the message's id as `Idempotency-Key`; `GET {url}/{id}` returns the status."""

    def __init__(self, config: ProviderConfig, client: httpx.AsyncClient, now: Clock) -> None:
        super().__init__(config, now)
        options = HttpOptions.model_validate(dict(config.options))
        self._client = client  # shared: the code that created it closes it
        self._timeout = httpx.Timeout(options.timeout, connect=options.connect_timeout, pool=options.connect_timeout)
        self._url, self._limits = httpx.URL(config.url), {"timeout": self._timeout.as_dict()}
        self._headers = {"Authorization": f"Bearer {config.secret}", "Content-Type": "application/json"}

    async def get_delivery_status(self, message: UUID) -> SendResult | None:
        try:
            response = await self._client.get(
                f"{self._config.url}/{message}", headers=self._headers, timeout=self._timeout
            )
        except httpx.RequestError:
            return None
        answer = http_response.read_response(response)
        match answer.status, answer.fields.get("status"):
            case 200, "accepted":
                return Sent(self._reference(answer))
            case 200, "refused":
                return _refused(answer)
            case 404, "unknown":  # the bare 404 of a wrong URL must not cause a second send
                return Retry("the provider never got it")
        return None

    def _build(self, message: OutboundMessage) -> httpx.Request | Refused:
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
        # Not through the client: merging its defaults takes as long as sending.
        return httpx.Request("POST", self._url, content=body, headers=headers, extensions=self._limits)

    async def _post(self, prepared: httpx.Request) -> HttpResponse | httpx.RequestError:
        try:
            return http_response.read_response(await self._client.send(prepared))
        except httpx.RequestError as error:
            return error

    def _classify(self, answer: HttpResponse | httpx.RequestError) -> SendResult:
        if isinstance(answer, NOT_SENT):
            return Retry(f"not sent: {answer}", RETRY_SOON, outage=True)
        if isinstance(answer, httpx.RequestError):
            return Unknown(f"{type(answer).__name__}: {answer}", outage=True)
        if 200 <= answer.status < 300:
            return self._taken(answer)
        if 300 <= answer.status < 400:
            return classify_redirect(answer)
        if answer.status == 503 and _reports_not_processed(answer):
            return Retry(_why(answer), parse_retry_after(answer.headers, self._now()), outage=True)
        if 400 <= answer.status < 500 and answer.status not in _UNCLEAR:
            return self._turned_away(answer)
        return Unknown(_why(answer), outage=answer.status >= 500)

    def _taken(self, answer: HttpResponse) -> SendResult:
        """The result of a success response: its body may still report a failure."""
        match http_response.is_success(answer, self._config.success):
            case True:
                return Sent(self._reference(answer))
            case False:
                return self._turned_away(answer)
        if not answer.whole:
            return Unknown(f"{answer.status} with an answer too long to be read, or packed so that it cannot be")
        if answer.fields:
            return Unknown(f"{_why(answer)}: that tells neither that it went nor that it did not")
        return Unknown(f"{answer.status} with an answer that is not JSON")

    def _turned_away(self, answer: HttpResponse) -> SendResult:
        """The result of a refusal: of this message; or of the account, which affects every message; or of the rate."""
        blamed, later = classify_error_text(answer.words), parse_retry_after(answer.headers, self._now())
        if blamed is ErrorSubject.REPEATED or (blamed is ErrorSubject.NOBODY and is_broken(answer.words)):
            return Unknown(_why(answer))
        if answer.status == 429 or (blamed is ErrorSubject.TOO_FAST and answer.status not in _ALWAYS_ACCOUNT):
            return Retry(_why(answer), later)
        # without access there is no information about recipients: `no such user` means the shop's own
        gone = blamed is ErrorSubject.GONE and answer.status != 401
        about_them = gone or blamed in (ErrorSubject.REFUSED, ErrorSubject.RECIPIENT) or _is_dead(answer)
        ours = blamed is ErrorSubject.ACCOUNT or answer.status in _ACCOUNT_STATUSES
        if answer.status in _ALWAYS_ACCOUNT or (ours and not about_them):
            return Retry(_why(answer), later, outage=True)
        return _refused(answer, for_good=blamed in _ENDS)

    def _reference(self, answer: HttpResponse) -> str:
        success = self._config.success
        found = http_response.get_at_path(answer.document, success.id if success else "id")
        return "" if found is None else str(found)


def classify_redirect(answer: HttpResponse) -> SendResult:
    """The result of a redirect: an outage. It is not followed; the configured address is wrong, for all messages."""
    why = f"{_why(answer)}: it leads elsewhere, to {answer.headers.get('location', 'nowhere')}"
    return Unknown(why, outage=True) if answer.status == _SEE_OTHER else Retry(why, outage=True)


def _refused(answer: HttpResponse, *, for_good: bool = False) -> Refused:
    # A 404 that does not name the recipient may come from a wrong URL: it must not make every contact dead.
    misplaced = not answer.fields or _WRONG_PLACE.search(normalize_text(answer.words)) is not None
    gone = answer.status == 410 or (answer.status == 404 and not misplaced)
    return Refused(_why(answer), address_dead=for_good or gone or _is_dead(answer))


def _is_dead(answer: HttpResponse) -> bool:
    return answer.names(_DEAD_ADDRESS) or answer.names(_COMPLAINED, under=_REASONS)


def _why(answer: HttpResponse) -> str:
    said = answer.fields
    first = next((said[key] for key in ("detail", "code") if said.get(key)), None)
    if isinstance(first, int):  # a number has no meaning for people
        first = f"{first} {answer.words}".strip()
    return f"{answer.status} {first or answer.words or answer.reason}"


def _reports_not_processed(answer: HttpResponse) -> bool:
    return answer.fields.get("processed") is False or answer.headers.get("processed", "").lower() == "false"


def parse_retry_after(headers: httpx.Headers, now: datetime) -> timedelta:
    """The wait that the provider asks for (`Retry-After`: seconds or a date), between zero and a day."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) < 10:
        return min(timedelta(seconds=int(text)), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
        if until.tzinfo is None:  # "-0000": UTC by RFC 5322
            until = until.replace(tzinfo=UTC)
        return min(max(until - now, timedelta()), _LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError, IndexError):
        return Retry("").after
