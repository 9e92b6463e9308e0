"""HTTP responses: their content, and whether they report an error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import httpx
import orjson

from kaskad.channels.error_classification import ErrorSubject, classify_error_text
from kaskad.channels.transport import is_complete
from kaskad.channels.verdicts import DEEPEST, counts_refused, leaves_doubt, names, says_error
from kaskad.domain.cleaning import folded
from kaskad.domain.journeys.providers import SuccessRule

_WORDS = names(
    "detail details code error errors message messages status description reason title type errorcode errormessage "
    "errortext errordescription errorname statustext statusmessage statuscode name groupname developermessage help "
    "err errcode errno errmsg errormsg fault faultcode faultstring requesterror serviceexception text result results "
    "sms response info more data msg cause explanation reasoncode failurereason rejectreason rejectionreason"
)
MOST_WORDS = 1_000  # characters of a response that is no JSON
# An unclear response must say this to count as a refusal: with the others the message may have been sent.
_PLAIN = frozenset({ErrorSubject.ACCOUNT, ErrorSubject.REFUSED, ErrorSubject.GONE, ErrorSubject.TOO_FAST})
_PAGE = re.compile(r"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response. `document` is None if the body is not JSON; `whole` is False if it could not all be read."""

    status: int
    reason: str
    text: str
    document: object
    headers: httpx.Headers
    whole: bool = True

    @property
    def fields(self) -> Mapping[str, object]:
        """The JSON object; empty if it is anything else."""
        return self.document if isinstance(self.document, dict) else {}

    @property
    def words(self) -> str:
        """All its texts for people, or the body if it is neither JSON nor HTML."""
        if self.document is None:
            return "" if _PAGE.match(self.text) else _TAGS.sub(" . ", self.text[:MOST_WORDS])
        return " . ".join(_collect_words(self.document))

    def names(self, codes: AbstractSet[str], under: AbstractSet[str] = _WORDS) -> bool:
        """True if it has one of these codes, normalized, in one of these fields; by default the usual code fields."""
        return any(folded(word) in codes for word in _collect_words(self.document, under))


def read_response(response: httpx.Response) -> HttpResponse:
    """The response as far as it can be read; never raises, whatever its content is."""
    text = _text(response)
    return HttpResponse(
        response.status_code,
        response.reason_phrase,
        text,
        _document(response.content, text),
        response.headers,
        whole=is_complete(response),
    )


def _text(response: httpx.Response) -> str:
    try:
        return response.content.decode(response.charset_encoding or "utf-8-sig", "replace")
    except (LookupError, ValueError):  # unknown character set
        return response.content.decode("utf-8-sig", "replace")


def _document(content: bytes, text: str) -> object:
    try:
        return orjson.loads(content)
    except ValueError:  # not JSON; or not UTF-8, or with half a surrogate pair, which the other parser accepts
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _collect_words(value: object, under: AbstractSet[str] = _WORDS, depth: int = 0) -> Iterator[str]:
    """Yields the texts of these fields; and the name of a list of rejected values: `invalid_player_ids: [one]`."""
    if isinstance(value, str):
        yield value
    elif depth < DEEPEST and isinstance(value, dict):
        for name, each in value.items():
            if folded(name) in under or not isinstance(each, str):
                yield from _collect_words(each, under, depth + 1)
            if isinstance(each, dict) and counts_refused(
                name
            ):  # by address: `failed_emails: {a@b.example: unsubscribed}`
                yield from (why for why in each.values() if isinstance(why, str))
            if each and isinstance(each, list) and folded(name) not in under:
                yield name
    elif depth < DEEPEST and isinstance(value, list):
        for each in value:
            yield from _collect_words(each, under, depth + 1)


def is_success(answer: HttpResponse, success: SuccessRule | None) -> bool | None:
    """Whether a 2xx response says that the message was accepted; None if that is unknown."""
    if success is not None and success.status and answer.status not in success.status:
        return False
    if success is not None and success.body == "any":
        return True
    if not answer.whole:
        return None
    if success is not None and success.text:
        return answer.text.strip().casefold() in {text.strip().casefold() for text in success.text}
    if success is not None and success.starts:
        return answer.text.lstrip().casefold().startswith(tuple(start.lstrip().casefold() for start in success.starts))
    if success is not None and success.document:
        return all(_contains(get_at_path(answer.document, path), values) for path, values in success.document.items())
    if says_error(answer.document):
        return False
    if leaves_doubt(answer.document) and not get_at_path(answer.document, success.id if success is not None else "id"):
        return False if classify_error_text(answer.words) in _PLAIN else None
    return True if answer.fields or (success is not None and success.status) else None


def get_at_path(document: object, path: str) -> object:
    """The value at the path `messages.0.id`: by keys and, in lists, by numbers from 0; None if there is none."""
    for part in path.split("."):
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part.isdecimal() and int(part[:6]) < len(document):
            document = document[int(part[:6])]
        else:
            return None
    return document


def _contains(value: object, wanted: Sequence[object]) -> bool:
    """Whether it is one of those; a number equals its text, and case is ignored."""
    return any(_to_text(value) == _to_text(each) for each in wanted)


def _to_text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "null" if value is None else str(value).strip().casefold()
