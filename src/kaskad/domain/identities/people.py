"""What is known of identities and of the persons who have them, while events are resolved one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from kaskad.domain.identities.rules import DEVICE_KINDS, REACHING_KINDS, Identity, is_card

_EVER = datetime.min.replace(tzinfo=UTC)  # nobody wrote down since when


class ConflictReason(StrEnum):
    """Why two customers were not joined, or an identity was not given to one."""

    LIMIT = "limit"  # one person would have more of a kind than identities.yaml allows
    PUBLIC = "public"  # only a public source says so, of somebody who is known already
    USER_IDS = "user_ids"  # two user ids were called one


@dataclass(frozen=True, slots=True)
class Speaker:
    """What one event says of who it is about. `at` is its time; `tells_contact`: it gives or takes back an address."""

    identities: Sequence[Identity]
    source: str
    message_id: str
    at: datetime
    public: bool = False
    tells_contact: bool = False


@dataclass(frozen=True, slots=True)
class Tie:
    """What ties an identity to its person: who said so last, and since when; `public`: only a public source did."""

    source: str | None
    since: datetime | None
    public: bool = False


@dataclass(slots=True, eq=False)
class Person:
    """One person. `id` is the customer's, negative for one who is new. `counts` are identities by kind and `public`.

    `devices` are the identities of devices, each with the time since when it is the person's.
    """

    id: int
    user: str | None = None
    contact: bool = False
    counts: Counter[tuple[str, bool]] = field(default_factory=Counter)
    devices: dict[Identity, datetime | None] = field(default_factory=dict)
    into: Person | None = None  # who they were joined into

    @property
    def is_bare(self) -> bool:
        """Whether nothing says who it is: neither a user id nor an address, like a card that was never registered.

        An address by which a till knows somebody is one, though nobody may write to it.
        """
        reached = any(count and kind in REACHING_KINDS for (kind, _), count in self.counts.items())
        return self.user is None and not self.contact and not reached

    @property
    def is_visitor(self) -> bool:
        """Whether nothing but devices is known of the person."""
        named = any(count and kind not in DEVICE_KINDS for (kind, _), count in self.counts.items())
        return self.user is None and not self.contact and not named

    @property
    def cards(self) -> set[str]:
        """The kinds of cards that the person has or claims."""
        return {kind for (kind, _), count in self.counts.items() if count and is_card(kind)}

    @property
    def seniority(self) -> tuple[bool, bool, int]:
        """Of two persons who are one, the one with the lesser stands: with a user id, else the older."""
        return self.user is None, self.id < 0, abs(self.id)

    def oldest(self, kind: str, *, but: Identity, named: Sequence[Identity]) -> Identity:
        """Returns the device of the kind that is the person's for the longest time, of all but one; the named last."""
        theirs = [each for each in self.devices if each[0] == kind and each != but]
        return min(theirs, key=lambda each: (each in named, self.devices[each] or _EVER, each))

    def count(self, kind: str, *, public: bool) -> int:
        """How many identities of the kind count for a word of that source: claims of public ones never bar others'."""
        return self.counts[kind, False] + (self.counts[kind, True] if public else 0)


@dataclass(frozen=True, slots=True)
class Join:
    """Two customers who are one person: `joined` goes into `standing`. The event named `by` and `identity`."""

    standing: int
    joined: int
    by: Identity
    identity: Identity
    source: str
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """An identity that goes over from one customer to another, from now on."""

    identity: Identity
    origin: int | None  # None: whoever had it was forgotten
    customer: int
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """An event named `by` and `identity`, and it was not believed. `other` is whose the identity is; None: nobody's."""

    reason: ConflictReason
    by: Identity
    identity: Identity
    customer: int
    other: int | None
    source: str
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored: owners of identities, and the persons. `lost` are identities that only the forgotten have."""

    ties: Mapping[Identity, tuple[int, Tie]] = field(default_factory=dict)
    persons: Mapping[int, Person] = field(default_factory=dict)
    lost: frozenset[Identity] = frozenset()

    def copy(self) -> Known:
        """The same with persons of its own: a resolver changes those that it is given."""
        persons = {
            id_: replace(one, counts=one.counts.copy(), devices=dict(one.devices)) for id_, one in self.persons.items()
        }
        return Known(self.ties, persons, self.lost)
