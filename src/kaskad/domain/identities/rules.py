"""The kinds of identities, strongest first: which of them join two customers, and how many one person may have."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

from pydantic import Field

from kaskad.domain.cleaning import folded
from kaskad.domain.model import Model
from kaskad.domain.values.placeholders import is_filler

Identity = tuple[str, str]  # (kind, value)
USER_ID = "user_id"
ANONYMOUS_ID = "anonymous_id"
DEVICE = "device"
EMAIL, PHONE = "email", "phone"
ADDRESS_KINDS = frozenset({EMAIL, PHONE})  # compared as addresses are, and told in a profile as contacts
MESSENGER_KINDS = ("telegram", "whatsapp", "viber", "vk", "max")
REACHING_KINDS = ADDRESS_KINDS.union(MESSENGER_KINDS)  # somebody can be written to under these
PREVIOUS_ID = "previous_id"  # what an alias calls by another name: a user id, else an anonymous id
# What a browser or an app makes up for itself. Everything else says who somebody is, and can be known to others.
DEVICE_KINDS = frozenset({DEVICE, ANONYMOUS_ID})
_NO_CARDS = REACHING_KINDS | DEVICE_KINDS | {USER_ID}


def is_card(kind: str) -> bool:
    """Whether identities of the kind only name somebody, as a card or a number of the CRM does."""
    return kind not in _NO_CARDS


class IdentityKind(Model):
    """A kind of identities. `most`: how many one person may have; None: any number.

    `join`: naming one of this kind together with another one says that both are of one person.
    """

    name: str
    join: bool = True
    most: Annotated[int, Field(ge=1)] | None = None
    min_length: Annotated[int, Field(ge=1)] = 1


def _usual_kinds() -> tuple[IdentityKind, ...]:
    found = [IdentityKind(name=USER_ID, most=1), *(IdentityKind(name=kind, most=3) for kind in ("card", EMAIL, PHONE))]
    found += [IdentityKind(name=kind, most=3) for kind in MESSENGER_KINDS]
    found += [IdentityKind(name=DEVICE, most=100), IdentityKind(name=ANONYMOUS_ID, most=500)]
    return tuple(found)


class IdentityRules(Model):
    """identities.yaml. `none`: values that are nobody's, beside those that programs write for nothing."""

    kinds: tuple[IdentityKind, ...] = Field(default_factory=_usual_kinds)  # strongest first
    none: tuple[str, ...] = ("test",)

    def joins(self, kind: str) -> bool:
        """Whether naming an identity of this kind joins customers. A kind that no file names is only a name."""
        found = self.by_name.get(kind)
        return found is not None and found.join

    def most(self, kind: str) -> int | None:
        """How many identities of this kind one person may have; None: any number."""
        found = self.by_name.get(kind)
        return found.most if found else None

    def is_none(self, kind: str, value: str) -> bool:
        """Whether the value is nobody's in this shop: one of `none`, a filler, or too short for its kind."""
        found = self.by_name.get(kind)
        if found is not None and len(value) < found.min_length:
            return True
        return is_filler(value) or (len(value) <= self._longest_none and folded(value) in self._none)

    def ordered(self, identities: Iterable[Identity], *, public: bool = False) -> list[Identity]:
        """The identities, strongest first.

        A public source speaks as a user or as a device: whatever else it names is a claim, and comes after these.
        """
        ranks, unnamed = (self._public_ranks, _CLAIM) if public else (self._ranks, _PERSON)
        return sorted(dict.fromkeys(identities), key=lambda identity: ranks.get(identity[0], (unnamed, _LAST)))

    @cached_property
    def by_name(self) -> dict[str, IdentityKind]:
        """The kinds by their names."""
        return {kind.name: kind for kind in self.kinds}

    @cached_property
    def _none(self) -> frozenset[str]:
        return frozenset(map(folded, self.none))

    @cached_property
    def _longest_none(self) -> int:
        return 2 * max(map(len, self.none), default=0)

    @cached_property
    def _ranks(self) -> dict[str, tuple[int, int]]:
        """The place of each kind; kinds that no file names stand between those of persons and those of devices."""
        return self._places(_PERSON)

    @cached_property
    def _public_ranks(self) -> dict[str, tuple[int, int]]:
        return self._places(_CLAIM)

    def _places(self, of_persons: int) -> dict[str, tuple[int, int]]:
        groups = {USER_ID: _USER, **dict.fromkeys(DEVICE_KINDS, _DEVICE), PREVIOUS_ID: _PREVIOUS}
        kinds = dict.fromkeys([*self.by_name, DEVICE, ANONYMOUS_ID, PREVIOUS_ID])
        return {kind: (groups.get(kind, of_persons), place) for place, kind in enumerate(kinds)}


_USER, _PERSON, _DEVICE, _PREVIOUS, _CLAIM = range(5)  # groups of kinds, in the order in which they are looked at
_LAST = 1_000  # the place of a kind that no file names
