"""What a consent covers that was given or withdrawn.

Words are normalized: `Email`, `e-mail` and ` MAIL ` are equal. A withdrawal that is not fully understood withdraws
the widest that it can mean; such a grant grants nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from itertools import islice, product
from typing import Any

from kaskad.domain.own_sources import OwnSource
from kaskad.services.ingestion.consenting import consent_details, narrower_grants, unclear_grants
from kaskad.services.ingestion.consenting.consent_answers import BY_CHANNEL, normalize_word

CONSENT_GIVEN, CONSENT_WITHDRAWN = "consent_given", "consent_withdrawn"
MARKETING = "marketing"
CALLS = "calls"
PURPOSES = (MARKETING, "ads", "profiling", CALLS)
# For good, also for channels that are not used (yet): a word must not change its meaning later.
CHANNELS = ("push", "email", "webpush", "viber", "sms", "call", "whatsapp", "telegram", "inapp")
PURPOSE_WORDS = {purpose: purpose for purpose in PURPOSES}
CHANNEL_WORDS = {normalize_word(channel): channel for channel in CHANNELS} | {"mail": "email"}
WILDCARDS = frozenset({"", "all", "*", "any"})
SCOPE_KEYS = ("purpose", "channel", "topic")
SENDER = "sender"
FOLDED = frozenset(word + ending for word in (*SCOPE_KEYS, SENDER) for ending in ("", "s"))
PREFERENCES = OwnSource.PREFERENCES
PAUSED_UNTIL = "paused_until"
OWN_SOURCE, EMAIL_CONFIRMED = OwnSource.ENGINE, "email_confirmed"  # only the engine's own link confirms an address
NEGATIONS = tuple("!-\u2212\u2013\u2014~^\u00ac")  # before a word: not that one
PROOF = frozenset(("text_version", "text_hash"))
MOST_DOUBTS = 5  # that are reported
ALIKE = 0.8  # how near a key is to a word to be that word, misspelt: `chanel`, `porpose`
MOST_KEYS = 20  # that are compared
__all__ = [
    "CALLS",
    "CHANNELS",
    "CONSENT_GIVEN",
    "CONSENT_WITHDRAWN",
    "EMAIL_CONFIRMED",
    "FOLDED",
    "MARKETING",
    "OWN_SOURCE",
    "PAUSED_UNTIL",
    "PREFERENCES",
    "PURPOSES",
    "SCOPE_KEYS",
    "ConsentScope",
    "normalize_word",
    "parse_consent",
    "possible",
]


@dataclass(frozen=True, slots=True)
class ConsentScope:
    """The purposes, channels and topics that a consent covers; None: all. `unclear`: what was not understood.

    It is about these senders, None: all; a grant does not count from `expires_at` on.
    """

    covered: Sequence[tuple[str, str | None, str | None]]
    unclear: Sequence[str] = ()
    senders: Sequence[str | None] = (None,)
    expires_at: datetime | None = None


def parse_consent(
    name: str,
    said: Mapping[str, Any],
    topics: Iterable[str],
    *,
    context: Mapping[str, Any] | None = None,
    senders: Iterable[str] = (),
) -> ConsentScope:
    """Returns what the event `name` with these properties and context covers; topics and senders are the shop's."""
    withdrawn = name == CONSENT_WITHDRAWN
    misspelt = _misspelt(said) if withdrawn else {}
    scope = zip((*SCOPE_KEYS, SENDER), _read_scope(said, topics, senders), strict=True)
    read = [(None, True) if word in misspelt else found for word, found in scope]
    (purposes, odd_purposes), (channels, odd_channels), (about, odd_topics), (by, odd_senders) = read
    twice = () if withdrawn else (*_written_twice(said), *_left_empty(said))
    expires_at, odd_times = (None, []) if withdrawn else consent_details.read_expiry(said)
    every_purpose = purposes is None and not _is_missing(_scope_value(said, "purpose"))
    unclear = tuple(
        f"{misspelt.get(word, word)[:60]} {str(said.get(misspelt.get(word, ''), _scope_value(said, word)))[:60]!r}"
        for word, (_, odd) in zip((*SCOPE_KEYS, SENDER), read, strict=True)
        if odd or word in twice or (word == "purpose" and every_purpose and not withdrawn)
    ) + (() if withdrawn else (*odd_times, *islice(_find_unclear(said, context or {}, topics), MOST_DOUBTS)))
    if unclear and not withdrawn:
        return ConsentScope((), unclear)
    # A customer who wants no calls wants none about marketing either.
    calls = withdrawn and not odd_purposes and CALLS in (purposes or ())
    if odd_purposes or every_purpose:
        purposes = list(PURPOSES)
    everything = [None] if odd_topics or about is None else about
    wide = product(purposes or [MARKETING], [None] if odd_channels or channels is None else channels, everything)
    by_call = product([MARKETING], ["call"], everything) if calls else ()
    whose = (None,) if odd_senders or by is None else tuple(by)
    return ConsentScope(list(dict.fromkeys([*wide, *by_call])), unclear, whose, expires_at)


def possible(unclear: Sequence[str], topics: Iterable[str]) -> str:
    """Returns the possible values for what was not understood, in words; nothing if there is nothing to say."""
    may_be = {"purpose": PURPOSES, "channel": CHANNELS, "topic": tuple(topics)}
    places = [word for word in SCOPE_KEYS if any(text.startswith(f"{word} ") for text in unclear)]
    said = (
        f"a {word} is one of {', '.join(may_be[word])}" if may_be[word] else f"there is no {word}" for word in places
    )
    return "".join(f"; {phrase}" for phrase in said)


def _read_scope(
    said: Mapping[str, Any], topics: Iterable[str], senders: Iterable[str]
) -> list[tuple[list[str] | None, bool]]:
    """Returns what is said of purposes, channels, topics and senders, each like `_match_words`."""
    known = [PURPOSE_WORDS, CHANNEL_WORDS, {normalize_word(topic): topic for topic in topics}]
    found = [_match_words(_scope_value(said, word), names) for word, names in zip(SCOPE_KEYS, known, strict=True)]
    return [*found, _match_senders(_scope_value(said, SENDER), senders)]


def _misspelt(said: Mapping[str, Any]) -> dict[str, str]:
    """Returns the words of the scope that do not stand there, with the key that looks like one: `chanel`."""
    found: dict[str, str] = {}
    for key in islice((key for key in said if key not in FOLDED), MOST_KEYS):
        for like in get_close_matches(key, FOLDED, n=1, cutoff=ALIKE):
            word = like.removesuffix("s")
            if _is_missing(_scope_value(said, word)):
                found.setdefault(word, key)
    return found


def _written_twice(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the words that stand there both alone and in the plural."""
    return tuple(word for word in (*SCOPE_KEYS, SENDER) if _is_present(said, word) and _is_present(said, f"{word}s"))


def _left_empty(said: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the words that stand there without a value: a grant of an empty channel is one of no channel."""
    return tuple(
        word
        for word in (*SCOPE_KEYS, SENDER)
        if {word, f"{word}s"} & said.keys() and _is_missing(_scope_value(said, word))
    )


def _find_unclear(said: Mapping[str, Any], context: Mapping[str, Any], topics: Iterable[str]) -> Iterator[str]:
    """Yields what else in a grant denies or narrows it: `email: true` says nothing about text messages."""
    narrower: set[str] = set()
    if _is_missing(_scope_value(said, "channel")):
        narrower |= BY_CHANNEL
    if _is_missing(_scope_value(said, "topic")):
        narrower |= {normalize_word(topic) for topic in topics}
    if _is_missing(_scope_value(said, "purpose")):
        narrower |= set(PURPOSES) - {MARKETING}
    ends = {key for key in said if consent_details.is_expiry(key)}  # they are read elsewhere
    yield from unclear_grants.in_properties(said, FOLDED | PROOF | ends, narrower)
    yield from narrower_grants.in_properties(
        {key: value for key, value in said.items() if key not in FOLDED | PROOF | ends},
        narrower_grants.Named(
            *(not _is_missing(_scope_value(said, word)) for word in ("channel", "topic", SENDER)),
        ),
    )
    yield from consent_details.other_matters({key: value for key, value in said.items() if key not in FOLDED | PROOF})
    yield from unclear_grants.in_context(context)


def _scope_value(said: Mapping[str, Any], word: str) -> Any:
    """Returns the value under the word or its plural; under both, all of it."""
    value, more = said.get(word), said.get(f"{word}s")
    if _is_missing(value) or _is_missing(more):
        return more if _is_missing(value) and more is not None else value
    return [given for part in (value, more) for given in (part if isinstance(part, list) else [part])]


def _is_present(said: Mapping[str, Any], word: str) -> bool:
    return not _is_missing(said.get(word))


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _match_senders(value: Any, senders: Iterable[str]) -> tuple[list[str] | None, bool]:
    """Returns the known senders in the value, like `_match_words`; a list of senders may number them."""
    if _is_missing(value):
        return None, False
    said = [str(part) if type(part) is int else part for part in (value if isinstance(value, list) else [value])]
    return _match_words(said if isinstance(value, list) else said[0], {normalize_word(name): name for name in senders})


def _match_words(value: Any, known: Mapping[str, str]) -> tuple[list[str] | None, bool]:
    """Returns the known words in the value, None for all of them; and whether a part was not understood."""
    if value is None:
        return None, False
    listed = isinstance(value, list)
    every = WILDCARDS - {""} if listed else WILDCARDS
    said = value if listed else [value]
    words = [normalize_word(text) for text in said if isinstance(text, str)]
    struck = any(isinstance(text, str) and text.strip()[:1] in NEGATIONS for text in said)
    if struck or not words or len(words) < len(said) or not all(word in every or word in known for word in words):
        return None, True
    if any(word in every for word in words):
        return None, False
    return sorted({known[word] for word in words}), False
