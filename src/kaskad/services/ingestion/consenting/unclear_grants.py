"""What makes a grant unclear: it grants only what plain words say.

A no at any depth, an answer that is no known yes, a yes to something narrower than the grant: each makes the grant
unclear, and an unclear grant grants nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from kaskad.services.ingestion.consenting import consent_answers
from kaskad.services.ingestion.consenting.consent_answers import BY_CHANNEL, normalize_word, words_of

DEEPEST = 8  # levels; deeper ones are not read
STAMPS = frozenset(("consent", "consents", "privacy", "preference", "preferences", "optout", "subscription"))
# Consents of other systems that are not about messages.
HARMLESS = frozenset(
    (
        *("analytics", "analytic", "statistics", "statistical", "performance", "measurement", "data", "sharing"),
        *("functional", "functionality", "necessary", "strictly", "essential", "technical", "required", "security"),
        *("cookie", "cookies", "storage", "gdpr", "ccpa", "applies"),
    )
)


@dataclass(frozen=True, slots=True)
class Grant:
    """How a grant is read. `narrower`: words that, if said yes to, mean less than it would grant.

    `strict`: an answer must be a known yes.
    """

    narrower: AbstractSet[str] = frozenset()
    strict: bool = True


def in_properties(said: Mapping[str, Any], own: AbstractSet[str], narrower: AbstractSet[str]) -> Iterator[str]:
    """Yields each unclear part in these properties; the `own` ones are parsed elsewhere."""
    rest = {key: value for key, value in said.items() if key not in own}
    yield from _in_object(rest, Grant(narrower), ())


def in_context(context: Mapping[str, Any]) -> Iterator[str]:
    """Yields each no about messages in what the event's context says of consent."""
    stamps = {key: _about_messages(value) for key, value in context.items() if _is_stamp(key)}
    for doubt in _in_object(stamps, Grant(strict=False), ()):
        yield f"context.{doubt}"


def _is_stamp(key: str) -> bool:
    return bool(words_of(key) & STAMPS) or consent_answers.denies(key)


def _about_messages(value: Any) -> Any:
    """Returns the value without refusals of other things than messages."""
    if isinstance(value, dict):
        return {key: _about_messages(part) for key, part in value.items() if not _is_harmless(key)}
    if isinstance(value, list):
        return [_about_messages(part) for part in value if not (isinstance(part, str) and _is_harmless(part))]
    return value


def _is_harmless(name: str) -> bool:
    said = words_of(name)
    return bool(said) and said <= HARMLESS


def _in_object(said: Mapping[str, Any], grant: Grant, path: tuple[str, ...]) -> Iterator[str]:
    for key, value in said.items():
        way = (*path, key)
        if len(way) > DEEPEST:
            yield f"{'.'.join(way)[:60]}, which is nested too deeply"
        elif consent_answers.denies(key):
            if not consent_answers.is_nothing(value):
                yield _told(way, value)
        else:
            yield from _under(value, grant, way)


def _under(value: Any, grant: Grant, way: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield from _in_object(value, grant, way)
    elif isinstance(value, list) and value:
        for part in value:
            yield from _under(part, grant, (*way, "")) if isinstance(part, list) else _under(part, grant, way)
    elif _is_doubtful(value, grant, way):
        yield _told(way, value)


def _is_doubtful(value: Any, grant: Grant, way: tuple[str, ...]) -> bool:
    named = [key for key in way if key]
    key = named[-1] if named else ""
    if len(way) > DEEPEST or consent_answers.is_no(value, words_of(key)):
        return True
    if consent_answers.asks(key):
        if grant.strict and not consent_answers.is_yes(value):
            return True
        if value == 0 or (isinstance(value, str) and normalize_word(value) in consent_answers.NOTHING - {""}):
            return True
    if not named:  # its name has letters that are not recognized
        return value not in (None, "")
    if consent_answers.is_yes(value):
        return any(normalize_word(name) in grant.narrower or words_of(name) & grant.narrower for name in named)
    return bool(words_of(key) & BY_CHANNEL) and value not in (None, "") and consent_answers.is_nothing(value)


def _told(way: tuple[str, ...], value: Any) -> str:
    return f"{'.'.join(way)[:60]} {value!r:.60}"
