"""What a customer may choose on their page, and the words that follow from it: only what changes is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kaskad.domain.channel import Channel
from kaskad.domain.events import IDENTIFY, LEFT, PREFERENCES_CHANGED
from kaskad.services.ingestion.consenting import consents
from kaskad.services.preferences.state import Preferences

PAUSES = (7, 30, 90)  # days
REASONS = ("too_many", "not_interesting", "never_asked", "found_elsewhere", "other")
LONGEST_COMMENT = 500  # characters


@dataclass(frozen=True, slots=True)
class Save:
    """Yes or no for what the page showed, and the language; what is not in it stays as it is."""

    channels: Mapping[Channel, bool] = field(default_factory=dict)
    topics: Mapping[str, bool] = field(default_factory=dict)
    senders: Mapping[str, bool] = field(default_factory=dict)
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing of purpose marketing for so many days; 0 ends a pause."""

    days: int


@dataclass(frozen=True, slots=True)
class Leave:
    """No marketing any more; one of REASONS and a comment, if the customer gave them."""

    reason: str | None = None
    comment: str = ""


WITHDRAWN = consents.CONSENT_WITHDRAWN
Choice = Save | Pause | Leave
Word = tuple[str, dict[str, Any]]  # the name of an event, and its properties


def words_of_choice(choice: Choice, before: Preferences, *, now: datetime) -> list[Word]:
    """Returns what the customer says with the choice, as events; none if it changes nothing.

    By a message to an address that the customer has no more, consents can be withdrawn and nothing else.
    """
    match choice:
        case Save():
            words = [word for word in _saved(choice, before) if before.is_theirs or word[0] == WITHDRAWN]
        case Pause():
            words = list(_paused(choice, before, now)) if choice.days or before.is_theirs else []
        case Leave():
            return list(_left(choice, before))
    changed = {key: value for _, said in words for key, value in said.pop("changed", {}).items()}
    return [*words, (PREFERENCES_CHANGED, changed)] if words else []


def _saved(choice: Save, before: Preferences) -> Iterator[Word]:
    topics_on, topics_off = _changes(choice.topics, before.topics)
    channels_on, channels_off = _changes(choice.channels, before.channels)
    senders_on, senders_off = _changes(choice.senders, before.senders)
    if topics_off:
        yield _withdrawn({"topic": topics_off}, topics_left=topics_off)
    if channels_off:
        # who wants no calls wants none of that purpose either
        purposes = [consents.MARKETING, *([consents.CALLS] if Channel.CALL.value in channels_off else [])]
        yield _withdrawn({"purpose": purposes, "channel": channels_off}, channels_left=channels_off)
    if senders_off:
        yield _withdrawn({"sender": senders_off}, senders_left=senders_off)
    if topics_on:
        yield _given({"topic": topics_on}, topics_joined=topics_on)
    if channels_on:
        yield _given({"channel": channels_on}, channels_joined=channels_on)
    open_channels = [channel.value for channel, on in {**before.channels, **choice.channels}.items() if on]
    if senders_on and open_channels:
        yield _given({"channel": open_channels, "sender": senders_on}, senders_joined=senders_on)
    if choice.locale in before.languages and choice.locale != before.locale:
        yield IDENTIFY, {"traits": {"locale": choice.locale}, "changed": {"language": choice.locale}}


def _paused(choice: Pause, before: Preferences, now: datetime) -> Iterator[Word]:
    """Yields the pause, unless it would end as the present one does: a second press of the button changes nothing."""
    until = now + timedelta(days=choice.days)
    stands = before.paused_until
    same = abs(stands - until) < timedelta(days=1) if stands else choice.days == 0
    if not same:
        said = {consents.PAUSED_UNTIL: until.isoformat()}
        yield _withdrawn(said, paused_until=until.isoformat() if choice.days else None)


def _left(choice: Leave, before: Preferences) -> Iterator[Word]:
    """Yields the withdrawal of everything. A reason is kept even if nothing was left to be withdrawn."""
    said = {key: value for key, value in (("reason", choice.reason), ("comment", choice.comment)) if value}
    if not before.has_left:
        yield consents.CONSENT_WITHDRAWN, {"purpose": list(consents.PURPOSES)}
    if not before.has_left or (said and said != before.left):
        yield LEFT, said


def _changes(chosen: Mapping[Any, bool], before: Mapping[Any, bool]) -> tuple[list[str], list[str]]:
    """Returns what is turned on, and what is turned off. What the shop does not have (any more) is neither."""
    changed = {str(name): on for name, on in chosen.items() if name in before and before[name] != on}
    return sorted(name for name, on in changed.items() if on), sorted(name for name, on in changed.items() if not on)


def _withdrawn(said: dict[str, Any], **changed: Any) -> Word:
    return consents.CONSENT_WITHDRAWN, {"purpose": consents.MARKETING, **said, "changed": changed}


def _given(said: dict[str, Any], **changed: Sequence[str]) -> Word:
    return consents.CONSENT_GIVEN, {"purpose": consents.MARKETING, **said, "changed": changed}
