"""Recognizes opt-outs of other systems by the words in names of events, traits and answers.

A refusing word refuses unless a word beside it says otherwise: `Unsubscribe Requested` is an opt-out, `Unsubscribe
Page Viewed` is not. One opt-out too many is better than one missed. A grant in foreign words grants nothing:
this module never reads a yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kaskad.domain.channel import Channel
from kaskad.services.ingestion import event_limits
from kaskad.services.ingestion.consenting.consent_answers import NOTHING, normalize_word
from kaskad.services.ingestion.refusals import refusal_vocabulary as of
from kaskad.services.ingestion.refusals.named_addresses import Address

Words = Mapping[str, Any]  # as in a consent_withdrawn: purpose, channel, topic

CHANGED = of.CHANGED
MAX_DEPTH = 5
_HUMP = re.compile(r"(?<=[a-zа-яё0-9])(?=[A-ZА-ЯЁ])|(?<=[A-Z])(?=[A-Z][a-z])")
_SPLIT_UN = re.compile(r"(?<![^\W_])un[\W_]+(?=subscri)")  # UnSubscribe
_JOINED = re.compile(r"unsubscri(?:bed|bes|bers?|bing|be|ptions?)|opt(?:ed)?outs?")  # emailunsubscribed
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An opt-out: what it withdraws, in the terms of a withdrawal, for which addresses.

    A complaint, or STOP as the answer to a message, closes the address to everything in its channel.
    """

    words: tuple[Words, ...]
    addresses: tuple[Address, ...] = ()
    complained: bool = False
    stopped: bool = False
    channels: tuple[str, ...] = ()  # in which it closes addresses; none: it does not say

    @property
    def closes(self) -> bool:
        """Returns whether it closes addresses."""
        return self.complained or self.stopped

    def covers(self, channel: str) -> bool:
        """Returns whether it closes addresses in that channel: those that it names; else STOP is an SMS."""
        if self.channels:
            return channel in self.channels
        return channel == Channel.SMS if self.stopped and not self.complained else True


@lru_cache(maxsize=10_000)
def split_words(name: str) -> frozenset[str]:
    """Returns the words of a name: `HasOptedOutOfEmail` → has, opted, out, of, email; `by email` → by, via email."""
    spaced = _SPLIT_UN.sub("un", _HUMP.sub(" ", name[: event_limits.MAX_CHARACTERS]).casefold())
    words = _WORD.findall(_JOINED.sub(lambda found: f" {found[0]} ", spaced))
    return frozenset(
        f"via {word}" if _is_means(before, word) else word for before, word in zip(["", *words], words, strict=False)
    )


def _is_means(before: str, word: str) -> bool:
    """Returns whether the word names the means by which something was said."""
    return (word in of.CHANNELS and before in of.MEANS) or (word in of.MESSAGES and before in of.COMPLAINT)


@lru_cache(maxsize=10_000)  # asked of every event; the names are few
def refuses(said: frozenset[str]) -> bool:
    """Returns whether a name of these words is an opt-out."""
    if bars(said) or erases(said):
        return True
    if _revokes(said) or _forbids(said):
        return not said & of.UNDOING
    acted = bool(said & of.ACTED) or {"opted", "out"} <= said
    if not acted and not said & of.REFUSING and not any(pair <= said for pair in of.PAIRS):
        return False
    if said & of.UNDOING or said & {"not", "не"}:
        return False
    if said & of.OTHER_THINGS and not said & (of.CHANNELS.keys() | of.MESSAGES | of.OFFERED):
        return False
    placed = bool(said & of.PLACES)
    if said & of.LOOKING and (placed or not acted):
        return False
    return acted or not (said & (of.REVOKED | of.ENDED) or (placed and not said & of.DOING))


def bars(said: AbstractSet[str]) -> bool:
    """Returns whether it says that somebody is not to be written to: `emailBlacklisted`, `deceased`."""
    return bool(said & of.BARRED) and said <= of.SPOKEN | of.BARRED | of.BARRED_BESIDE and "not" not in said


def erases(said: AbstractSet[str]) -> bool:
    """Returns whether it is a request to be erased: whoever is to be forgotten is not written to."""
    asked = said & of.ERASING and (said & of.ERASED or said & {"erasure", "redact"})
    gone = said & {"deleted", "erased"} and said <= of.GONE
    return bool(gone) or (bool(asked) and said <= of.ERASING | of.ERASED | of.ERASURE_BESIDE)


def _revokes(said: AbstractSet[str]) -> bool:
    """Returns whether consent was withdrawn, or something that is only sent with consent."""
    ended = said & (of.REVOKED | of.ENDED | of.REVIEW)
    if not ended or said & (of.OTHER_THINGS | of.OTHER_MATTERS | of.LOOKING | of.NOT_SENT | {"not"}):
        return False
    if said & of.REFUSING or any(pair <= said for pair in of.PAIRS):
        return bool(said & of.CONSENT and said & of.REVOKED)
    if said & of.CONSENT:
        return True
    if said & of.DECLINING:
        return bool(said & (of.OFFERED | of.MESSAGES | of.CHANNELS.keys()))
    subscribed = said & of.CHANNELS.keys() and said & (of.SUBSCRIBING | {"permission"})
    unwanted = said & of.UNWANTED and said & of.SENT
    return bool((said & of.OFFERED or subscribed) and not ended <= of.REVIEW) or bool(unwanted)


def _forbids(said: AbstractSet[str]) -> bool:
    """Returns whether it is `do not contact`, with whatever word for contact, or `stop`."""
    if said & (of.DELIVERING | of.LOOKING):
        return False
    if any(words <= said for words in of.NOT_CONTACTING) and said & (of.CONTACTING | of.CHANNELS.keys()):
        return "не" not in said or bool(said & of.CONTACTING)
    unwanted = "no" in said and said <= of.SPOKEN | {"no"} and said & (of.OFFERED | of.SENT)
    return bool(unwanted) or stops(said)


def stops(said: AbstractSet[str]) -> bool:
    """Returns whether an event of these words is STOP as the answer to a message."""
    answered = "stop" in said and said <= of.SPOKEN | of.STOPPING and said & (of.WRITTEN | of.MESSAGES)
    return bool(answered) or said == {"stop"}


def complains(said: AbstractSet[str]) -> bool:
    """Returns whether an event of these words is a complaint about a message, not about a cold pizza.

    The means of the complaint is not its subject; abuse is about a message if the words name one.
    """
    if said & of.SPAM:
        reporting = said & (of.REPORTING | of.CHANNELS.keys() | of.MESSAGES)
        return said <= of.SPOKEN or bool(reporting and not said & (of.NO_SPAM | of.UNDOING | of.LOOKING))
    of_messages = said & (of.COMPLAINING | {"abuse"}) and said & (of.WRITTEN | of.MESSAGES)
    return bool(of_messages) and said <= of.COMPLAINT_BESIDE


@lru_cache(maxsize=10_000)
def lists_consents(said: frozenset[str]) -> bool:
    """Returns whether an event of these words lists current consents, like `Subscription Updated`."""
    plainly = said & of.CONSENT or (said & of.SUBSCRIBING and said & of.CHANNELS.keys())
    about = plainly or (said & of.SUBSCRIBING and said <= of.SPOKEN)
    return bool(about and (said & of.CHANGED or said <= of.CONSENT | of.OFFERED | of.CHANNELS.keys()))


def read_scope(said: AbstractSet[str]) -> dict[str, Any]:
    """Returns what an opt-out of these words withdraws, in the terms of a withdrawal: marketing, or what it names."""
    words: dict[str, Any] = {}
    channels = sorted({channel for word in said for channel in of.CHANNELS.get(word, ())})
    if channels:
        words["channel"] = channels
    if said & of.ADVERTISING:
        words["purpose"] = ["marketing", "ads"]
    if erases(said):
        words["purpose"] = ["marketing", "ads", "profiling", "calls"]
    return words


def find_denials(values: Mapping[str, Any], path: frozenset[str] = frozenset(), depth: int = 0) -> Iterator[Words]:
    """Yields each opt-out among these traits or answers; `path` are the words of the names above them."""
    for key, value in values.items() if depth < MAX_DEPTH else ():
        name = _named(path, key if isinstance(key, str) else "")
        if isinstance(value, dict) and value:
            yield from find_denials(value, name.said, depth + 1)
        elif _says_no(name, value):
            yield _covered(name, path, key)
        elif isinstance(value, list):
            yield from _listed(name, value, depth)


def _listed(name: _Name, values: list[Any], depth: int) -> Iterator[Words]:
    """Yields each opt-out in a list: an object is often one subscription, and names its channel."""
    for value in values:
        if isinstance(value, dict):
            yield from find_denials(value, name.said | _channel_of(value), depth + 1)
        elif isinstance(value, str) and _is_clear(name, normalize_word(value)):
            yield read_scope(name.said)


def _channel_of(subscription: Mapping[str, Any]) -> frozenset[str]:
    channel_words = {
        normalize_word(value)
        for key, value in subscription.items()
        if isinstance(value, str) and normalize_word(key) in of.WHICH_CHANNEL
    }
    return frozenset(channel_words & of.CHANNELS.keys())


def _covered(name: _Name, path: frozenset[str], key: Any) -> Words:
    """Returns what the opt-out withdraws: one topic if it stands among topics; an unknown one means every topic."""
    among = path & of.TOPICS and isinstance(key, str) and len(key) <= event_limits.MAX_KEY_LENGTH
    return read_scope(path) | {"topic": [key]} if among else read_scope(name.said)


@dataclass(frozen=True, slots=True)
class _Name:
    """The words of a trait, whether it means an opt-out, and whether its yes would agree to messages."""

    said: frozenset[str]
    refuses: bool
    agrees: bool


@lru_cache(maxsize=10_000)
def _named(path: frozenset[str], key: str) -> _Name:
    said = path | split_words(key)
    return _Name(said, refuses(said), _agrees(said))


def _says_no(name: _Name, value: Any) -> bool:
    word = normalize_word(value) if isinstance(value, str) else None
    if name.refuses:
        return value not in (None, False, 0, [], {}) and word not in NOTHING
    if word is not None and _is_clear(name, word):
        return True
    if word in of.REVOKED and name.said <= of.SPOKEN and name.said & (of.CONSENTING | of.SUBSCRIBING):
        return True
    return name.agrees and (value in (False, []) or word in of.DENIED)  # 0 is false


def _is_clear(name: _Name, word: str) -> bool:
    """Returns whether the word is a no under any name; a shop's own plan that nobody has is no opt-out."""
    if name.said & (of.PLACES | of.LOOKING | of.UNDOING):
        return False
    return word in of.REFUSING | of.DO_NOT or (word in of.NOT_SUBSCRIBED and not name.said & of.OTHER_THINGS)


def _agrees(said: AbstractSet[str]) -> bool:
    """Returns whether a yes of these words would agree to messages."""
    plainly = said & of.CONSENTED or {"opt", "in"} <= said or {"opted", "in"} <= said
    elsewhere = of.TELLING | of.OTHER_MATTERS | of.OTHER_THINGS | of.UNDOING | of.LOOKING | of.CATEGORIES
    if plainly and not said & elsewhere:
        return True
    if said & of.SUBSCRIBING and said & of.TOPICS and not said & of.UNDOING:  # a topic may have any name
        return True
    beside = of.SPOKEN | of.ALLOWING | of.AGREEING
    if said & of.WANTING and said & of.WANTED and said <= beside | of.WANTED:
        return True
    asking = of.SUBSCRIBING | of.WANTING | of.AGREEING | {"notifications"}
    by_channel = said & asking and said & of.CHANNELS.keys()
    return bool(plainly or said & of.CONSENTING or by_channel) and said <= beside
