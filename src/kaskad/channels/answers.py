"""Answers over HTTP: what they hold, and whether they say that something went wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import httpx
import orjson

from kaskad.channels.blame import plain
from kaskad.channels.transport import is_whole
from kaskad.domain.shop import Success

DEEPEST = 5  # levels of a document that are looked into


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_WORDS = _names(
    "detail details code error errors message messages status description reason title type errorcode errormessage "
    "errortext errordescription errorname statustext statusmessage statuscode name groupname developermessage help "
    "err errcode errno errmsg fault faultstring requesterror serviceexception text result results sms response info "
    "more data"
)
_ERRORS = _names("error errors errorcode errormessage errortext errordescription err errcode errno fault exception")
_VERDICTS = _names("status result state outcome type groupname statustext messagestatus sendstatus")
_OUTCOMES = _names("success successful issuccess ok accepted")
_NUMBERS = _names("status statuscode")
_IDS = _names("id messageid msgid sid uuid")
_FAILED = _names(
    "err error errored failed failure fail rejected refused undeliverable undelivered invalid denied bounced blocked "
    "suppressed cancelled canceled dropped unauthorized forbidden disabled nok nack ko unsent unsuccessful"
)
_NOTHING = frozenset({"", "0", "null", "none", "false", "no", "ok", "success", "no error"})


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back. `document` is None where the body is not JSON; `whole` False where it could not all be read."""

    status: int
    reason: str
    text: str
    document: object
    headers: httpx.Headers
    whole: bool = True

    @property
    def fields(self) -> Mapping[str, object]:
        """The JSON object; empty when it is anything else."""
        return self.document if isinstance(self.document, dict) else {}

    @property
    def words(self) -> str:
        """All that it says for people, or its text where it is neither JSON nor a page."""
        if self.document is None:
            return "" if self.text.lstrip().startswith("<") else self.text[:1_000]
        return " . ".join(_words(self.document))

    def names(self, codes: AbstractSet[str]) -> bool:
        """True where one of these codes stands in it, at any of the places where codes stand."""
        return any(word.strip().casefold() in codes for word in _words(self.document))


def read(response: httpx.Response) -> HttpAnswer:
    """The answer as far as it can be read; never raises, whatever is in it."""
    text = _text(response)
    return HttpAnswer(
        response.status_code,
        response.reason_phrase,
        text,
        _document(response.content, text),
        response.headers,
        whole=is_whole(response),
    )


def _text(response: httpx.Response) -> str:
    try:
        return response.content.decode(response.charset_encoding or "utf-8-sig", "replace")
    except (LookupError, ValueError):  # no such character set
        return response.content.decode("utf-8-sig", "replace")


def _document(content: bytes, text: str) -> object:
    try:
        return orjson.loads(content)
    except ValueError:  # not JSON; or not UTF-8, or with half a surrogate pair, which the other reader takes
        pass
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def says_error(document: object) -> bool:
    """True where the document says that it did not go, in one of the usual ways.

    What stands deeper (of each message, in lists) counts where no id stands on top.
    """
    return any(map(_is_error, _objects(document)))


def _objects(document: object, depth: int = 0) -> Iterator[Mapping[str, object]]:
    if isinstance(document, dict):
        yield document
        if not depth and any(value and _folded(name) in _IDS for name, value in document.items()):
            return
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    if depth < DEEPEST:
        for each in inner:
            yield from _objects(each, depth + 1)


def _is_error(fields: Mapping[str, object]) -> bool:
    for name, value in fields.items():
        key = _folded(name)
        if (
            (key in _ERRORS and not _is_nothing(value))
            or (key in _OUTCOMES and _is_no(value))
            or (key in _VERDICTS and _is_failure(value))
            or (key in _NUMBERS and _is_http_error(value))
        ):
            return True
    return False


def _is_nothing(value: object) -> bool:
    """Nothing, nought, or a list or an object of such."""
    if isinstance(value, (dict, list)):
        return all(map(_is_nothing, value.values() if isinstance(value, dict) else value))
    return not value or str(value).strip().casefold() in _NOTHING or not str(value).strip("0. ")


def _is_no(value: object) -> bool:
    return value is False or value == [] or str(value).strip().casefold() in {"0", "false", "no"}


def _is_failure(value: object) -> bool:
    if value is False:
        return True
    if not isinstance(value, str):
        return False
    first, *others = plain(value).replace(":", " ").split() or [""]
    return first in _FAILED or (first == "not" and "yet" not in others)  # `not sent`; what is not yet sent waits


def _is_http_error(value: object) -> bool:
    return str(value).isdecimal() and len(str(value)) == 3 and 400 <= int(str(value)) < 600


def _words(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < DEEPEST and isinstance(value, dict):
        for name, each in value.items():
            if _folded(name) in _WORDS or not isinstance(each, str):
                yield from _words(each, depth + 1)
    elif depth < DEEPEST and isinstance(value, list):
        for each in value:
            yield from _words(each, depth + 1)


def _folded(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "")


def succeeded(answer: HttpAnswer, success: Success | None) -> bool | None:
    """Whether a 2xx answer says that the message was taken; None where nobody can tell."""
    if success is not None and success.status and answer.status not in success.status:
        return False
    if success is not None and success.body == "any":
        return True
    if not answer.whole:
        return None
    if success is not None and success.text:
        return answer.text.strip().casefold() in {text.strip().casefold() for text in success.text}
    if success is not None and success.document:
        return all(_holds(at(answer.document, path), values) for path, values in success.document.items())
    if says_error(answer.document):
        return False
    return True if answer.fields or (success is not None and success.status) else None


def at(document: object, path: str) -> object:
    """What stands there, `messages.0.id`: by keys and, in lists, by numbers from 0; None where nothing does."""
    for part in path.split("."):
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and part.isdecimal() and int(part[:6]) < len(document):
            document = document[int(part[:6])]
        else:
            return None
    return document


def _holds(value: object, wanted: Sequence[object]) -> bool:
    """Whether it is one of those; a number and the text of it are the same, capitals or not."""
    return any(_said(value) == _said(each) for each in wanted)


def _said(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "null" if value is None else str(value).strip().casefold()
