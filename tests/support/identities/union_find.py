"""Who is one person, by the plainest model: each event by itself, every rule asked anew of all that was said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from kaskad.domain.identities.people import Speaker
from kaskad.domain.identities.rules import Identity, IdentityRules

MADE_UP = ("device", "anonymous_id")
REACHING = ("email", "phone", "telegram", "whatsapp", "viber", "vk", "max")


@dataclass
class Word:
    """That an identity is somebody's: who says so, since when."""

    of: int
    public: bool
    since: datetime


@dataclass
class UnionFind:
    """Persons are numbers; `above` leads from one who was joined to who stands."""

    rules: IdentityRules
    above: list[int] = field(default_factory=list)
    words: dict[Identity, Word] = field(default_factory=dict)
    contacts: set[int] = field(default_factory=set)
    owners: list[int] = field(default_factory=list)  # of the events, in order
    conflicts: list[tuple[str, Identity]] = field(default_factory=list)

    def find(self, person: int) -> int:
        return person if self.above[person] == person else self.find(self.above[person])

    def people(self) -> set[frozenset[Identity]]:
        """The identities of each person."""
        return {frozenset(self.of(person)) for person in map(self.find, range(len(self.above)))} - {frozenset()}

    def groups(self) -> set[frozenset[int]]:
        """The events of each person, by their places."""
        owners = [self.find(owner) for owner in self.owners]
        return {frozenset(i for i, one in enumerate(owners) if one == owner) for owner in owners}

    def of(self, person: int) -> list[Identity]:
        return [identity for identity, word in self.words.items() if self.find(word.of) == person]

    def has_user(self, person: int) -> bool:
        return any(kind == "user_id" for kind, _ in self.of(person))

    def has_contact(self, person: int) -> bool:
        return any(self.find(one) == person for one in self.contacts)

    def is_nobody(self, person: int) -> bool:
        reached = any(kind in REACHING for kind, _ in self.of(person))
        return not reached and not self.has_user(person) and not self.has_contact(person)

    def cards(self, person: int) -> set[str]:
        return {kind for kind, _ in self.of(person)}.difference(REACHING, MADE_UP, ["user_id"])

    def say(self, said: Speaker) -> None:
        """One event."""
        named = self._in_order(said)
        known = [identity for identity in named if identity in self.words]
        first, by = named[0], named[0]
        person: int | None = None
        if known and first == known[0] and not self._claimed_by_two(said, known):
            person = self.find(self.words[first].of)
        new = []
        for identity in named:
            if identity not in self.words:  # never was, or had to go just now
                new.append(identity)
                continue
            owner = self.find(self.words[identity].of)
            if owner == person:
                self._believe(said, by, identity)
            else:
                person = self._together(said, by, identity, person=person, owner=owner)
        if person is None:
            person = self._make()
        own = by[0] == "user_id" or by[0] in MADE_UP or self.is_nobody(person)
        for identity in new:
            self._give(said, identity, person=person, own=own)
        if said.tells_contact:
            self.contacts.add(person)
        self.owners.append(person)

    def _claimed_by_two(self, said: Speaker, known: list[Identity]) -> bool:
        words = [self.words[identity] for identity in known]
        return (
            not said.public and all(word.public for word in words) and len({self.find(word.of) for word in words}) > 1
        )

    def _in_order(self, said: Speaker) -> list[Identity]:
        kinds = list(self.rules.by_name)

        def strength(identity: Identity) -> tuple[int, ...]:
            kind = identity[0]
            group = 0 if kind == "user_id" else 2 if kind in MADE_UP else 1
            if said.public and group == 1:
                group = 3
            claimed = not said.public and identity in self.words and self.words[identity].public
            return claimed, group, kinds.index(kind) if kind in kinds else 99

        named = [self._meant(identity) for identity in said.identities]
        return sorted(dict.fromkeys(named), key=strength)

    def _meant(self, identity: Identity) -> Identity:
        kind, value = identity
        if kind == "previous_id":
            return ("user_id", value) if ("user_id", value) in self.words else ("anonymous_id", value)
        return identity

    def _together(
        self, said: Speaker, by: Identity, identity: Identity, *, person: int | None, owner: int
    ) -> int | None:
        """The event's person, who is named beside somebody else's identity."""
        kind = identity[0]
        word = self.words[identity]
        user = by[0] == "user_id" or (person is not None and self.has_user(person))
        if person is not None and not (self.rules.joins(kind) and self.rules.joins(by[0])):
            return person
        if user and self.has_user(owner):
            if kind == "user_id":
                return self._conflict("user_ids", identity, person)
            if not self.rules.joins(kind):
                return person
            if said.public and kind not in MADE_UP:
                return self._conflict("public", identity, person)
            if said.at < word.since:
                return person
            return self._hand_over(said, identity, person)
        if said.public:
            speaks = by[0] == "user_id" or by[0] in MADE_UP
            one_user = speaks and kind in MADE_UP and user != self.has_user(owner)
            second = person is not None and self.cards(person) & self.cards(owner)
            if second or not (one_user or self.is_nobody(owner)):
                return self._conflict("public", identity, person)
        elif word.public:
            handed = self._hand_over(said, identity, person)
            if word is not self.words[identity]:
                self.conflicts.append(("public", identity))
            return handed
        if person is not None and not self._fit(said, person, other=owner):
            return self._conflict("limit", identity, person)
        stands = owner
        if person is not None:
            stands, goes = sorted((person, owner), key=lambda one: (not self.has_user(one), one))
            self.above[goes] = stands
            for made_up in MADE_UP:
                self._drop_oldest(said, stands, but=identity, kind=made_up)
        return stands

    def _make(self) -> int:
        self.above.append(len(self.above))
        return self.above[-1]

    def _conflict(self, reason: str, identity: Identity, person: int | None) -> int:
        self.conflicts.append((reason, identity))
        return self._make() if person is None else person

    def _hand_over(self, said: Speaker, identity: Identity, person: int | None) -> int:
        person = self._make() if person is None else person
        if self._fit(said, person, more=identity[0]):
            self.words[identity] = Word(person, False, said.at)
            self._drop_oldest(said, person, but=identity, kind=identity[0])
        else:
            self.conflicts.append(("limit", identity))
        return person

    def _give(self, said: Speaker, identity: Identity, *, person: int, own: bool) -> None:
        kind = identity[0]
        claim = said.public and kind not in MADE_UP and kind != "user_id"
        if claim:
            sure = any(each[0] == kind and not self.words[each].public for each in self.of(person))
            if sure or kind in self.cards(person) or not own:
                if not sure or kind not in ("email", "phone"):  # a contact is told by itself
                    self.conflicts.append(("public", identity))
                return
        if self._fit(said, person, more=kind):
            self.words[identity] = Word(person, claim, said.at)
            self._drop_oldest(said, person, but=identity, kind=kind)
        else:
            self.conflicts.append(("limit", identity))

    def _drop_oldest(self, said: Speaker, person: int, *, but: Identity, kind: str) -> None:
        """Of what devices make up, the oldest goes; last of all what the event names."""
        most = self.rules.most(kind)
        while kind in MADE_UP and most is not None and sum(each[0] == kind for each in self.of(person)) > most:
            theirs = [each for each in self.of(person) if each[0] == kind and each != but]
            del self.words[min(theirs, key=lambda each: (each in said.identities, self.words[each].since, each))]

    def _believe(self, said: Speaker, by: Identity, identity: Identity) -> None:
        """A source that is not public says what was a claim until now."""
        sure = by not in self.words or not self.words[by].public
        word = self.words[identity]
        if word.public and not said.public and by != identity and sure:
            word.public = not self._fit(said, self.find(word.of), more=identity[0])

    def _fit(self, said: Speaker, person: int, *, more: str = "", other: int | None = None) -> bool:
        """Whether the person may have one more of that kind, or all that another one has.

        Claims of public sources do not count against others' words.
        """
        own = self._counted(said, person)
        others = [more] if other is None else self._counted(said, other)
        kinds = {more} if other is None else set(own) & set(others)
        if other is None or not self._is_visitor(person) or not self._is_visitor(other):
            kinds = kinds.difference(MADE_UP)  # the oldest go
        limits = [(kind, self.rules.most(kind)) for kind in kinds]
        return all(most is None or (own + others).count(kind) <= most for kind, most in limits)

    def _is_visitor(self, person: int) -> bool:
        return not self.has_contact(person) and all(kind in MADE_UP for kind, _ in self.of(person))

    def _counted(self, said: Speaker, person: int) -> list[str]:
        return [kind for kind, value in self.of(person) if said.public or not self.words[kind, value].public]
