"""Checks if the body of a 2xx response says that nothing was sent: clearly, or so that the outcome is unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kaskad.channels.error_classification import ErrorSubject, classify_error_text, normalize_text
from kaskad.domain.cleaning import folded

DEEPEST = 5  # levels of a document that are checked


def names(listed: str) -> frozenset[str]:
    """The words of the text, split at spaces."""
    return frozenset(listed.split())


_ERRORS = names(
    "error errors errorcode errormessage errortext errordescription err errcode errno fault exception "
    "iserror haserror haserrors"
)
_VERDICTS = names("status result state outcome type groupname statustext messagestatus sendstatus code")
_OUTCOMES = names("success successful issuccess ok accepted")
_NUMBERS = names("status statuscode")
_IDS = names("id messageid msgid sid uuid")
_FAILED = names(
    "err error errored failed failure fail rejected refused undeliverable undelivered invalid denied bounced blocked "
    "suppressed cancelled canceled dropped unauthorized forbidden disabled nok nack ko unsent unsuccessful duplicate "
    "duplicated"
)
# The number of rejected recipients, or their list: `total_rejected_recipients: 1`, `failures: […]`. A message has one.
_TURNED_AWAY = re.compile(
    r"(?:total)?(?:failed|failures?|rejected|refused|suppressed|unsubscribed|bounced|undeliverable)"
    r"(?:e?mails?|recipients?|addresses|numbers|phones|messages|count|total)?"
)
_NOTHING = frozenset({"", "0", "null", "none", "false", "no", "ok", "success", "no error"})
_STATES = names("status state outcome messagestatus sendstatus code")  # names of fields with a status word
_CODES = names("status statuscode code resultcode returncode retcode responsecode")
_SAID = _STATES | _VERDICTS | names("message msg detail details description statusdescription statusmessage")
_WENT = names(
    "ok okay success successful successfully accepted accept submitted submit queued enqueued queueing scheduled sent "
    "sending send pending process processed processing created delivered delivering received done complete completed "
    "buffered enroute transmitted passed new waiting in notified published yes true"
)
_NOT_SO = names(
    "not error errors failed failure rejected refused invalid missing unknown denied without nothing never unable "
    "cannot insufficient declined forbidden blocked undeliverable undelivered unsent не нет ошибка неверный неверная "
    "неверное неверно отклонено отклонен отказ отказано невозможно недостаточно"
)
_TOLD = _SAID | names("messages reason reasons info response explanation cause warning warnings")  # texts for people
_ALL_WELL = re.compile(r"\b(?:no|without|0|zero)(?: any)? (?:errors?|failures?)\b|\bnot yet\b|\bне (?:было )?ошибок\b")
# names of people, and numbers, mean nothing by themselves
_KNOWN = frozenset(ErrorSubject) - {ErrorSubject.RECIPIENT, ErrorSubject.NOBODY}


def says_error(document: object) -> bool:
    """True if the document says in one of the usual ways that the message was not sent.

    Deeper values (per message, in lists) count only if there is no id on the top level.
    """
    return any(map(_is_error, _objects(document)))


def _objects(document: object, depth: int = 0) -> Iterator[Mapping[str, object]]:
    if isinstance(document, dict):
        yield document
        if not depth and any(folded(name) in _IDS and not _is_nothing(value) for name, value in document.items()):
            return
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    if depth < DEEPEST:
        for each in inner:
            yield from _objects(each, depth + 1)


def _is_error(fields: Mapping[str, object]) -> bool:
    for name, value in fields.items():
        key = folded(name)
        if (
            (key in _ERRORS and not _is_nothing(value))
            or (key in _OUTCOMES and _is_no(value))
            or (key in _VERDICTS and _is_failure(value))
            or (key in _NUMBERS and _is_http_error(value))
            or (counts_refused(name) and not isinstance(value, str) and not _is_nothing(value))
        ):
            return True
    return _is_settled(fields) and any(
        folded(name) in _STATES and _plainly_not(value) for name, value in fields.items()
    )


def counts_refused(name: str) -> bool:
    """Whether a field of this name has the number or the list of rejected recipients."""
    return _TURNED_AWAY.fullmatch(folded(name)) is not None


def _plainly_not(value: object) -> bool:
    """Whether a status next to an id is a refusal: `INSUFFICIENT_CREDIT`; the status `unknown` says nothing."""
    if not isinstance(value, str):
        return False
    words = re.findall(r"\w+", _ALL_WELL.sub(" ", normalize_text(value)))
    if not words or words[0] in _WENT:
        return False
    return not (_NOT_SO - {"unknown"}).isdisjoint(words) or classify_error_text(value) in _KNOWN


def _is_nothing(value: object) -> bool:
    """Whether it is nothing, zero, or a list or an object of such values."""
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
    first, *others = normalize_text(value).removeprefix("all ").replace(":", " ").split() or [""]
    return first in _FAILED or (first == "not" and "yet" not in others)  # `not sent`; one not yet sent waits


def _is_http_error(value: object) -> bool:
    return str(value).isdecimal() and len(str(value)) == 3 and 400 <= int(str(value)) < 600


def leaves_doubt(document: object) -> bool:
    """True if the document has an unknown code or status of its own: `{"code": 3}`, `{"status": "no_tenant"}`.

    Also for texts that may be a refusal, if nothing else shows success: `{"message": "Invalid number"}`.
    A message id next to such a value shows that it was accepted; so does `success: true`.
    """
    if isinstance(document, dict) and _is_settled(document):
        return False
    return any(_is_doubtful(fields) for fields in _objects(document) if not _is_settled(fields))


def _is_settled(fields: Mapping[str, object]) -> bool:
    return any(
        (folded(name) in _IDS and not _is_nothing(value)) or (folded(name) in _OUTCOMES and value is True)
        for name, value in fields.items()
    )


def _is_doubtful(fields: Mapping[str, object]) -> bool:
    said = {folded(name): value for name, value in fields.items()}
    words = [normalize_text(value).split() for name, value in said.items() if name in _SAID and isinstance(value, str)]
    if any(map(_went, words)):
        return any(_is_odd(value) for name, value in said.items() if name in _STATES)
    if any(_may_say_no(text) for name, value in said.items() if name in _TOLD for text in _texts(value)):
        return True
    return any(
        (name in _CODES and _is_strange(value)) or (name in _STATES and _is_odd(value)) for name, value in said.items()
    )


def _texts(value: object) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _may_say_no(text: str) -> bool:
    """Whether the text has `not`, or a word about accounts or about people who refuse messages."""
    rest = _ALL_WELL.sub(" ", normalize_text(text))
    return not _NOT_SO.isdisjoint(re.findall(r"\w+", rest)) or classify_error_text(text) in _KNOWN


def _went(words: list[str]) -> bool:
    return not _WENT.isdisjoint(words) and _NOT_SO.isdisjoint(words)


def _is_odd(value: object) -> bool:
    """A word for a status that is not known."""
    if not isinstance(value, str) or not (words := normalize_text(value).replace(":", " ").split()):
        return False
    if words[0].isdecimal() or " ".join(words) in _NOTHING:
        return False
    return words[0] not in _WENT or not _NOT_SO.isdisjoint(words)


def _is_strange(value: object) -> bool:
    """A number that is neither zero nor a success status."""
    return not isinstance(value, bool) and str(value).strip().isdecimal() and not _is_good(int(str(value)[:9]))


def _is_good(number: int) -> bool:
    return number == 0 or 200 <= number < 300
