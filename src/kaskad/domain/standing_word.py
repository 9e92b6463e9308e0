"""Which of a customer's words stands for a channel, topic and sender: for send checks, pages and commands alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar


class Word(Protocol):
    """A consent or withdrawal: the last one of its channel, topic and sender. None in any of these is every one.

    `granted`: it grants now. `is_pause`: it is a withdrawal with an end, which is not reached yet.
    """

    @property
    def channel(self) -> str | None: ...
    @property
    def topic(self) -> str | None: ...
    @property
    def sender(self) -> str | None: ...
    @property
    def granted(self) -> bool: ...
    @property
    def at(self) -> datetime: ...
    @property
    def is_pause(self) -> bool: ...


W = TypeVar("W", bound=Word)


def standing_word(words: Iterable[W], channel: str | None, topic: str | None, *, sender: str | None) -> W | None:
    """Returns the word that stands there: a pause, else the latest; of two at one instant, the withdrawal.

    What was said to one sender counts for it alone; without a `sender`, only what was said to all of them. A topic has
    words of its own. A pause comes first, because nothing that is granted meanwhile ends it. None if nothing was said.
    """
    covering = [
        word
        for word in words
        if word.topic == topic and word.channel in (channel, None) and word.sender in (sender, None)
    ]
    return max(covering, key=lambda word: (word.is_pause, word.at, not word.granted), default=None)
