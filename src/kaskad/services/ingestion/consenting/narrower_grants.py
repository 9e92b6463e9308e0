"""What makes a grant narrower under names that are not Kaskad's own: a channel, a list, a brand, a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kaskad.domain.cleaning import word_set
from kaskad.services.ingestion.consenting.consent_answers import BY_CHANNEL, is_nothing, normalize_word, words_of

DEEPEST = 8  # levels; what is nested deeper is unclear already
BETWEEN = word_set("and or marketing only message messages notification notifications и")
DEVICES = word_set("device platform os screen")  # a phone there is what somebody holds in the hand
LISTS = word_set(
    "list lists listid listname mailinglist mailinglists audience audiences audienceid segment"
    " segments group groups groupid subscriptiongroup subscriptiongroupid topicid"
)
BRANDS = word_set(  # a `store` is where somebody said it
    "brand brands brandid brandname shop shops shopid shopname company entity legalentity merchant"
    " merchantid tenant seller"
)
LIMITS = word_set(
    "ttl duration lifetime validfor validity maxage period days term retention durationdays ttldays"
    " retentionperiod consentduration"
)


@dataclass(frozen=True, slots=True)
class Named:
    """Which parts of its scope a grant names in Kaskad's own words."""

    channel: bool
    topic: bool
    sender: bool


def in_properties(said: Mapping[str, Any], named: Named, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yields what makes the grant narrower than its scope says, at any depth."""
    for key, value in said.items() if len(path) < DEEPEST else ():
        way = (*path, key)
        if isinstance(value, dict) and not _limits(key, named):
            yield from in_properties(value, named, way)
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict) and not _limits(key, named):
                yield from in_properties(part, named, way)
            elif not is_nothing(part) and (_limits(key, named) or (not named.channel and _is_channel(key, part))):
                yield f"{'.'.join(way)[:60]} {part!r:.60}"


def _limits(key: str, named: Named) -> bool:
    """Returns whether the name is that of a list, a sender or a time that the grant is limited to."""
    word = normalize_word(key)
    return word in LIMITS or (word in LISTS and not named.topic) or (word in BRANDS and not named.sender)


def _is_channel(key: str, value: Any) -> bool:
    """Returns whether the value names channels and nothing else: a yes to these says nothing about others."""
    if not isinstance(value, str) or words_of(key) & DEVICES:
        return False
    words = words_of(value)
    return normalize_word(value) in BY_CHANNEL or bool(words & BY_CHANNEL and words <= BY_CHANNEL | BETWEEN)
