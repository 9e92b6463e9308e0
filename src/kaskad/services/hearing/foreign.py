"""What other systems call a no: names of events, traits and answers, each told by the words that it consists of.

A name says no when one of its words does and all the others are of the same speech: `Email Unsubscribed` is a no,
`Unsubscribe Page Viewed` is none. Whatever grants in foreign words grants nothing: nothing here reads a yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kaskad.services.hearing import bounds
from kaskad.services.hearing.addressed import Address
from kaskad.services.hearing.consents import NO, fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Words = Mapping[str, Any]  # as a consent_withdrawn says them: purpose, channel, topic

CHANNELS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("email", "emails", "mail", "mails", "newsletter", "newsletters", "рассылка", "рассылки"), ("email",)
    ),
    **dict.fromkeys(("sms", "text", "texts", "смс"), ("sms",)),
    **dict.fromkeys(("push", "pushes"), ("push", "webpush")),
    **dict.fromkeys(("call", "calls"), ("call",)),
    **dict.fromkeys(("phone",), ("call", "sms", "viber")),
    **{word: (word,) for word in ("webpush", "viber", "whatsapp", "telegram", "inapp")},
}
REFUSING = _words(
    "unsubscribe unsubscribed unsubscribes unsubscription optout optouts optedout unsub"
    " отписка отписался отписалась отписаться отписан отписана"
)
PAIRS = tuple(map(frozenset, (("opt", "out"), ("opted", "out"), ("opts", "out"), ("not", "do"), ("dont", "contact"))))
CONTACTING = _words("contact disturb message send")
CONSENTING = _words(
    "consent consents consented marketing advertising ads targeting subscribe subscribed optin optedin accepts accepted"
    " mailing mailings newsletter newsletters согласие рассылка рассылки"
)
SUBSCRIBING = _words("subscription subscriptions preference preferences")
REVOKED = _words("revoked revoke withdrawn withdraw denied declined refused rejected removed")
CHANGED = _words("updated update changed change set saved")
SPAM = _words("spam spamreport junk complaint complaints complained abuse")
BESIDE = _words(
    "from of off to by for in the all any every everything global globally list lists group groups user users customer"
    " customers contact contacts profile person recipient subscriber messages communication communications promo"
    " promotions promotional has have is was were do not opt opted opts out dont status state value category categories"
    " segment as marked mark report reported me us granted given agreed allowed answer decision action enabled on"
    " от из на"
)
SPOKEN = BESIDE | CHANNELS.keys() | REFUSING | CONTACTING | CONSENTING | SUBSCRIBING | REVOKED | CHANGED | SPAM
UNSAID = frozenset(("", "0", "false", "no", "none", "never", "null", "nan", "undefined", "off", "n", "f", "нет"))
DENIED = NO - {"pending", "not"} | {"n", "f", "нет"}
UNSUBSCRIBED = REFUSING  # as a value: clear, whatever it is the value of
UNDONE = REVOKED
ADVERTISING = frozenset(("advertising", "ads", "targeting"))
DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no: what it takes back, each as a withdrawal would say it, of which addresses; or a complaint about one."""

    words: tuple[Words, ...]
    addresses: tuple[Address, ...] = ()
    complained: bool = False


@lru_cache(maxsize=10_000)
def tokens(name: str) -> frozenset[str]:
    """The words of a name: `HasOptedOutOfEmail` → has, opted, out, of, email."""
    spaced = re.sub(r"(?<=[a-zа-я0-9])(?=[A-ZА-Я])", " ", name[: bounds.LONGEST])
    return frozenset(re.findall(r"[^\W\d_]+", spaced.casefold()))


def refuses(said: AbstractSet[str]) -> bool:
    """Whether a name of these words says no."""
    if not said <= SPOKEN:
        return False
    if said & REFUSING or (said & REVOKED and said & {"consent", "consents"}):
        return True
    found = [pair for pair in PAIRS if pair <= said]
    return any("do" not in pair or said & (CONTACTING | CHANNELS.keys()) for pair in found)


def complains(said: AbstractSet[str]) -> bool:
    """Whether an event of these words is a complaint about a message: of a cold pizza it is none."""
    plainly = said & {"spam", "spamreport", "junk", "abuse"} or (said & SPAM and said & CHANNELS.keys())
    return bool(plainly) and said <= SPOKEN


def tells_answers(said: AbstractSet[str]) -> bool:
    """Whether an event of these words tells what somebody agrees to now, as `Subscription Updated` does."""
    about = said & SUBSCRIBING or said & {"consent", "consents"}
    return bool(about and said & CHANGED) and said <= SPOKEN


def covered(said: AbstractSet[str]) -> dict[str, Any]:
    """What a no of these words takes back, as a withdrawal says it: marketing, or what else is named."""
    words: dict[str, Any] = {}
    channels = sorted({channel for word in said for channel in CHANNELS.get(word, ())})
    if channels:
        words["channel"] = channels
    if said & ADVERTISING:
        words["purpose"] = ["marketing", "ads"]
    return words


def denials(values: Mapping[str, Any], path: AbstractSet[str] = frozenset(), depth: int = 0) -> Iterator[Words]:
    """Each no among these traits or answers; `path` are the words that they stand under."""
    for key, value in values.items() if depth < DEEPEST else ():
        said = path | (tokens(key) if isinstance(key, str) else frozenset())
        if isinstance(value, dict) and value:
            yield from denials(value, said, depth + 1)
        elif said <= SPOKEN and _says_no(said, value):
            yield covered(said)


def _says_no(said: AbstractSet[str], value: Any) -> bool:
    word = fold(value) if isinstance(value, str) else None
    if refuses(said):
        return value not in (None, False, 0, [], {}) and word not in UNSAID
    if word in UNSUBSCRIBED or (word in UNDONE and said & (CONSENTING | SUBSCRIBING)):
        return True
    agreeing = said & CONSENTING or {"opt", "in"} <= said or {"opted", "in"} <= said
    agreeing = agreeing or (said & SUBSCRIBING and said & CHANNELS.keys())
    return bool(agreeing) and (value in (False, []) or word in DENIED)  # 0 is false
