"""Classifies the responses of SMTP servers: about the message, the mailbox, or the account that sends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from kaskad.channels import smtp_words as words
from kaskad.channels.base import RETRY_SOON
from kaskad.channels.error_classification import ErrorSubject, classify_error_text, normalize_text
from kaskad.domain.channel import Refused, Retry, SendResult, Sent, Unknown

# 503 and 53x are about the session (order of commands, log-in), not about the message
_SESSION = frozenset({503, 530, 534, 535, 538})
_CLOSING = 421
MAX_CHARACTERS = 1_000  # characters of a response that are checked: the meaning is at the start
_MAILBOX = frozenset({550, 551, 553, 554})  # codes whose text may be about the mailbox
_ENHANCED = re.compile(r"(?<![\d.])5\.(\d{1,3})\.(\d{1,3})(?![\d]|\.\d)")  # RFC 3463; never a part of an IP address

# Exchange's codes for a recipient who accepts only some senders
_CHOOSERS = frozenset({(7, 12), (7, 124), *((7, number) for number in range(133, 137))})
# for a blocked sender, tenant or address; and 5.1.7 and 5.1.8, which are about the sender
_SHUT_OUT = frozenset(
    {(1, 7), (1, 8), (7, 508), (7, 511), (7, 750)}
    | {(7, number) for number in (*range(501, 504), *range(600, 650), *range(700, 710))}
)
_ANY_RIGHT = frozenset({(7, 0), (7, 1)})  # servers use it for anything
_TAKES_NONE = 521  # a host that accepts no mail from here, for any recipient


class SmtpStage(Enum):
    """The progress of a message. From DATA on it may have been accepted, even if there is no response."""

    CONNECT = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    TAKEN = auto()


@dataclass(frozen=True, slots=True)
class SmtpResponse:
    """The server's last response and its stage; no `code` when the connection was lost or timed out."""

    stage: SmtpStage
    text: str
    code: int | None = None


def classify_response(answer: SmtpResponse) -> SendResult:
    """The result that the response means for the message."""
    why = f"{answer.code or ''} {answer.text}"
    match answer:
        case SmtpResponse(stage=SmtpStage.TAKEN):
            return Sent(why)
        case SmtpResponse(stage=SmtpStage.DATA, code=None):
            return Unknown(f"after DATA had begun: {why}", outage=True)
        case SmtpResponse(stage=SmtpStage.DATA) if classify_error_text(_said(answer.text)) is ErrorSubject.REPEATED:
            return Unknown(why)  # it already has the message
        case SmtpResponse(stage=SmtpStage.CONNECT) | SmtpResponse(code=None):
            return Retry(why, RETRY_SOON, outage=True)
        case SmtpResponse(code=int(code)) if 400 <= code < 500 or code in _SESSION:
            return Retry(why, outage=code == _CLOSING or code in _SESSION)
        case SmtpResponse(stage=stage, code=int(code)) if 500 <= code < 600:
            return _classify_refusal(stage, code, answer.text, why=why)
        case SmtpResponse(stage=SmtpStage.DATA):
            return Unknown(f"an answer that SMTP does not know: {why}")
    return Retry(f"an answer that SMTP does not know: {why}")


def _classify_refusal(stage: SmtpStage, code: int, text: str, *, why: str) -> SendResult:
    """The result of a permanent refusal. At MAIL it is about the sender, except the message's size and characters."""
    found = _ENHANCED.search(text[:MAX_CHARACTERS])
    enhanced = (int(found[1]), int(found[2])) if found else None
    said = _said(text)
    if _is_about_message(code, enhanced, said):
        return Refused(why)
    if stage is SmtpStage.MAIL:
        return Retry(why, outage=True)
    if enhanced in _CHOOSERS:
        return Refused(why)
    if enhanced in _SHUT_OUT or code == _TAKES_NONE:
        return Retry(why, outage=True)
    return _by_words(code, enhanced, said, why=why)


def _by_words(code: int, enhanced: tuple[int, int] | None, said: str, *, why: str) -> SendResult:
    """The result of a refusal whose code has no single meaning: by its text."""
    if words.BY_THEM.search(said):
        return Refused(why)
    ours = words.OURS.search(said) is not None
    if words.GREY.search(said) or (not ours and words.TOO_FAST.search(said)):
        return Retry(why)
    if _is_address(enhanced):
        return _classify_address_error(said, why, ours=ours)
    if enhanced in {(2, 2), (2, 3)}:
        return Refused(why)
    if ours:
        return Retry(why, outage=True)
    if words.FULL.search(said) or words.CONTENT.search(said):
        return Refused(why)
    if enhanced == (1, 0) or (code in _MAILBOX and _is_nobody(enhanced, said)):
        return Refused(why, address_dead=True)
    return Retry(why, outage=True) if _is_about_account(said) else Refused(why)


def _said(text: str) -> str:
    return normalize_text(text[:MAX_CHARACTERS]).replace("mail box", "mailbox")


def _is_nobody(enhanced: tuple[int, int] | None, said: str) -> bool:
    """Whether the text says that the mailbox does not exist. A code about permissions needs a very clear text."""
    if enhanced in _ANY_RIGHT:
        return words.PLAINLY_NOBODY.search(said) is not None
    return not _is_other_subject(enhanced) and words.NOBODY_THERE.search(said) is not None


def _classify_address_error(said: str, why: str, *, ours: bool) -> SendResult:
    """The result of a code about addresses: it may mean the sender's too. If the text names both, it is not final."""
    if not ours:
        return Refused(why, address_dead=True)
    return Refused(why) if words.WHO_GETS.search(said) else Retry(why, outage=True)


def _is_about_account(said: str) -> bool:
    """Whether it can only mean the shop's account: `account blocked` can also mean the recipient's."""
    return (
        classify_error_text(said if words.WHO_SENDS.search(said) else words.EITHERS.sub(" ", said))
        is ErrorSubject.ACCOUNT
    )


def _is_about_message(code: int, enhanced: tuple[int, int] | None, said: str) -> bool:
    if enhanced is None or enhanced[0] not in (3, 6):
        return (code == 552 and enhanced is None and not words.FULL.search(said)) or words.OF_MESSAGE.search(
            said
        ) is not None
    return enhanced == (3, 4) or enhanced[0] == 6


def _is_address(enhanced: tuple[int, int] | None) -> bool:
    """5.1.x is about addresses (7 and 8: the sender's; 0 may be any), 5.2.1 a closed mailbox, 5.4.4 a host."""
    if enhanced is None:
        return False
    return (enhanced[0] == 1 and enhanced[1] not in (0, 7, 8)) or enhanced in {(2, 1), (4, 4)}


def _is_other_subject(enhanced: tuple[int, int] | None) -> bool:
    """True if the code is not about an address: permissions, routes, content, the system."""
    return enhanced is not None and (enhanced[0] == 7 or (enhanced[1] != 0 and enhanced[0] not in (0, 1, 5)))
