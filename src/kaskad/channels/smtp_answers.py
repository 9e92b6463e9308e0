"""What a server's words over SMTP mean: for the message, for the mailbox, or for the account that sends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from kaskad.channels.base import SOON
from kaskad.channels.blame import Blame, blame, plain
from kaskad.channels.words import BLOCKED, BLOCKLIST, GAP, PEOPLE
from kaskad.domain.channel import Refused, Result, Retry, Sent, Unknown

# 503 and 53x speak of the session (order of commands, log-in), not of the message
_SESSION = frozenset({503, 530, 534, 535, 538})
_CLOSING = 421
MOST_WORDS = 1_000  # characters of an answer that are looked into: who writes more says it at the start
_MAILBOX = frozenset({550, 551, 553, 554})  # codes whose plain words may speak of the mailbox
_ENHANCED = re.compile(r"(?<![\d.])5\.(\d{1,3})\.(\d{1,3})(?![\d]|\.\d)")  # RFC 3463; never a part of an IP address

_OF_MESSAGE = re.compile(r"\bsmtputf8\b|\bmessage (?:size|too (?:large|big))|\bsize (?:limit|exceeds)")
_FULL = re.compile(
    r"\b(?:mailbox|inbox|storage|user|recipient|account|he|she|disk)\b[\w ,:.'()-]{0,40}?"
    r"(?:\bfull\b|\bquota\b|\bover (?:the )?limit\b)|\bover ?quota\b|\bquota exceeded\b.{0,20}\bmailbox\b"
)
_CONTENT = re.compile(r"\bspam\b|\bvirus\b|\bpolicy\b|\bunsolicited\b|\bmessage (?:was )?rejected\b")
_OURS = (
    re.compile(r"\brelay(?:ing)?\b"),
    re.compile(rf"\b{BLOCKLIST}\b|\bblocked using\b|(?<!not )\blisted (?:at|by|in|on)\b"),
    re.compile(r"\b(?:un)?authenticat\w*|\bspf\b|\bdkim\b|\bdmarc\b|\breverse dns\b|\bptr record|\brdns\b"),
    re.compile(r"\breputation of (?:the |your )?(?:sending )?(?:ip|domain|server|sender)"),
    re.compile(rf"\bsender\b{GAP}(?:rejected|denied|refused|blocked|unknown|verif\w*|invalid|not exist|suspended)\b"),
    re.compile(
        r"\b(?:no such|unknown|invalid|bad|non ?existent) sender\b|\benvelope (?:from|sender)\b|\breturn path\b"
    ),
    re.compile(
        r"\bverification failed\b|\bsender verify\b|\bsend(?:er|ing)(?: s)? (?:domain|address|ip|host|server)\b"
    ),
    re.compile(
        r"\bmail from (?:ip|your|host|server|address|domain)\b|\bin mail from\b"
        r"|\byour (?:ip|account|domain|server|host|sending)\b"
    ),
    re.compile(r"\b(?:ip|client host|connections?|network)\b[\w ,:.'()\[\]-]{0,60}\b(?:blocked|banned|not accepted)\b"),
    re.compile(r"\b(?:sending|daily|hourly|monthly) [\w ]{0,30}(?:limit|quota)\b|\bexceeded (?:your|its)\b"),
    re.compile(r"\b(?:address|domain|identit\w+) (?:is |are )?not verified\b"),
    re.compile(r"\btoo many (?:messages|emails|connections|invalid|bad)\b|\brate limit|\b(?:message|sending) rate\b"),
)
# a recipient who has blocked the shop; and what may be the recipient's as well as the shop's, where neither is named
_BY_THEM = re.compile(
    rf"\b(?:blocked|banned) by (?:the |this )?{PEOPLE}\b(?! s\b| \w*(?:server|domain|host|system))"
    rf"|{PEOPLE} (?:has |have )?(?:blocked|banned) (?:you|the|this)"
)
_EITHERS = re.compile(
    rf"\b(?:account|domain|address|profile|subscription)\b{GAP}"
    rf"(?:{BLOCKED}|limit\w*|quota|not active\w*|pending approval|under review|not approved"
    rf"|(?:not |un)verified|{BLOCKLIST})\b|\b{BLOCKED} (?:(?:this|the) )?(?:account|domain)\b"
)
_WHO_SENDS = re.compile(r"\b(?:you|your|our|send(?:er|ing)|ip|smtp|client|host|server)\b")
_WHO_GETS = re.compile(rf"{PEOPLE}|\b(?:mailbox|inbox|local part)\b")
_NOBODY_THERE = re.compile(
    r"\bno such (?:user|recipient|mailbox|person|address|account|local|domain|host)"
    r"|\b(?:user|recipient|mailbox|address(?:ee)?|account|domain|host|local part)\b[\w <>@.,:'()\[\]+-]{0,80}?"
    r"(?:\bunknown\b|\b(?:does not|do(?:es)?n t|does nt|doesn't|did not) exist\b|\bnot (?:found|exist|known|listed)\b)"
    r"|\b(?:unknown|invalid|nonexistent|non existent) (?:user|recipient|mailbox|address|account|local part)"
    r"|\bmailbox (?:is )?(?:unavailable|disabled|not available|inactive|closed)\b|\bunrouteable address\b"
    r"|\b(?:user|account)\b[\w ]{0,20}\b(?:disabled|discontinued|deactivated|terminated|closed|inactive)\b"
    r"|\bdoes(?: not|n't|n t) have an? [\w.-]*\s?account\b|\bno mailbox\b|\bnot a valid (?:mailbox|user|recipient)\b"
)


class Stage(Enum):
    """How far a message got. From DATA on, silence does not mean that it was not taken."""

    CONNECT = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    TAKEN = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """The server's last words and where they fell; no `code` when the connection was lost or timed out."""

    stage: Stage
    text: str
    code: int | None = None


def meaning(answer: Answer) -> Result:
    """What the answer means for the message."""
    why = f"{answer.code or ''} {answer.text}"
    match answer:
        case Answer(stage=Stage.TAKEN):
            return Sent(why)
        case Answer(stage=Stage.DATA, code=None):
            return Unknown(f"after DATA had begun: {why}", outage=True)
        case Answer(stage=Stage.CONNECT) | Answer(code=None):
            return Retry(why, SOON, outage=True)
        case Answer(code=int(code)) if 400 <= code < 500 or code in _SESSION:
            return Retry(why, outage=code == _CLOSING or code in _SESSION)
        case Answer(stage=stage, code=int(code)) if 500 <= code < 600:
            return _refusal(stage, code, answer.text, why)
        case Answer(stage=Stage.DATA):
            return Unknown(f"an answer that SMTP does not know: {why}")
    return Retry(f"an answer that SMTP does not know: {why}")


def _refusal(stage: Stage, code: int, text: str, why: str) -> Result:
    """Whom a definite no speaks of. What MAIL is told speaks of the sender, but for the message's size and letters."""
    found = _ENHANCED.search(text[:MOST_WORDS])
    enhanced = (int(found[1]), int(found[2])) if found else None
    said = plain(text[:MOST_WORDS])
    if _is_about_message(code, enhanced, said):
        return Refused(why)
    if stage is Stage.MAIL:
        return Retry(why, outage=True)
    if enhanced in {(1, 7), (1, 8)}:
        return Retry(why, outage=True)
    ours = any(pattern.search(said) for pattern in _OURS)
    if _is_address(enhanced):
        return _of_address(said, why, ours=ours)
    if enhanced in {(2, 2), (2, 3)} or _BY_THEM.search(said):
        return Refused(why)
    if ours:
        return Retry(why, outage=True)
    if _FULL.search(said) or _CONTENT.search(said):
        return Refused(why)
    if enhanced == (1, 0):
        return Refused(why, address_dead=True)
    if code in _MAILBOX and not _says_otherwise(enhanced) and _NOBODY_THERE.search(said):
        return Refused(why, address_dead=True)
    return Retry(why, outage=True) if _is_the_accounts(said) else Refused(why)


def _of_address(said: str, why: str, *, ours: bool) -> Result:
    """What a number about addresses means: servers give it for the sender's as well. Words about both end nothing."""
    if not ours:
        return Refused(why, address_dead=True)
    return Refused(why) if _WHO_GETS.search(said) else Retry(why, outage=True)


def _is_the_accounts(said: str) -> bool:
    """Whether it can only be the shop's account: `account blocked` may as well be said of the recipient's."""
    return blame(said if _WHO_SENDS.search(said) else _EITHERS.sub(" ", said)) is Blame.ACCOUNT


def _is_about_message(code: int, enhanced: tuple[int, int] | None, said: str) -> bool:
    if enhanced is None or enhanced[0] not in (3, 6):
        return (code == 552 and enhanced is None and not _FULL.search(said)) or _OF_MESSAGE.search(said) is not None
    return enhanced == (3, 4) or enhanced[0] == 6


def _is_address(enhanced: tuple[int, int] | None) -> bool:
    """5.1.x is about addresses (7 and 8: the sender's; 0 may be anybody's), 5.2.1 a closed mailbox, 5.4.4 a host."""
    if enhanced is None:
        return False
    return (enhanced[0] == 1 and enhanced[1] not in (0, 7, 8)) or enhanced in {(2, 1), (4, 4)}


def _says_otherwise(enhanced: tuple[int, int] | None) -> bool:
    """True where the number speaks of something else than an address: of rights, routes, content, the system."""
    return enhanced is not None and (enhanced[0] == 7 or (enhanced[1] != 0 and enhanced[0] not in (0, 1, 5)))
