"""What is known of identities, in memory: chunks of events are resolved by it as they are by the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from kaskad.domain.identities.people import Known, Person, Speaker, Tie
from kaskad.domain.identities.resolver import Resolver
from kaskad.domain.identities.rules import DEVICE_KINDS, PREVIOUS_ID, Identity, IdentityRules


@dataclass
class IdentityMemory:
    """Stores what plans say. Customers are numbered from 1, as they come."""

    rules: IdentityRules
    ties: dict[Identity, tuple[int, Tie]] = field(default_factory=dict)
    users: dict[int, str | None] = field(default_factory=dict)
    contacts: set[int] = field(default_factory=set)
    above: dict[int, int] = field(default_factory=dict)
    owners: list[int] = field(default_factory=list)  # of the events, in order
    conflicts: list[tuple[str, Identity]] = field(default_factory=list)

    def store(self, speakers: Sequence[Speaker]) -> None:
        """One chunk: it is planned by what is stored before it, and then stored."""
        resolver = Resolver(self.rules, self._load(speakers))
        taken = [resolver.take(speaker) for speaker in speakers]
        plan = resolver.plan
        made = {-number: len(self.users) + number for number in range(1, plan.newcomers + 1)}
        self.users.update(dict.fromkeys(made.values()))
        for identity, (customer, tie) in plan.fresh.items():
            self.ties[identity] = (made.get(customer, customer), tie)
        for move in plan.moves:
            self.ties[move.identity] = (made.get(move.customer, move.customer), Tie(move.source, move.at))
        for identity in plan.dropped:
            del self.ties[identity]
        for identity in plan.confirmed:
            owner, tie = self.ties[identity]
            self.ties[identity] = owner, replace(tie, public=False)
        for join in plan.joins:
            self.above[made.get(join.joined, join.joined)] = made.get(join.standing, join.standing)
        self.owners += [made.get(owner, owner) for owner in taken]
        told = zip(speakers, taken, strict=True)
        self.contacts |= {made.get(owner, owner) for speaker, owner in told if speaker.tells_contact}
        self.conflicts += [(conflict.reason.value, conflict.identity) for conflict in plan.conflicts]

    def people(self) -> set[frozenset[Identity]]:
        """The identities of each person."""
        owners = {identity: self._find(customer) for identity, (customer, _) in self.ties.items()}
        return {frozenset(i for i, one in owners.items() if one == owner) for owner in owners.values()}

    def groups(self) -> set[frozenset[int]]:
        """The events of each person, by their places."""
        owners = [self._find(owner) for owner in self.owners]
        return {frozenset(i for i, one in enumerate(owners) if one == owner) for owner in owners}

    def _find(self, customer: int) -> int:
        return self._find(self.above[customer]) if customer in self.above else customer

    def _load(self, speakers: Iterable[Speaker]) -> Known:
        named = {identity for speaker in speakers for identity in _meant(speaker.identities)}
        ties = {i: (self._find(self.ties[i][0]), self.ties[i][1]) for i in named if i in self.ties}
        return Known(ties, {owner: self._person(owner) for owner, _ in ties.values()})

    def _person(self, customer: int) -> Person:
        theirs = {i: tie for i, (owner, tie) in self.ties.items() if self._find(owner) == customer}
        user = next((value for kind, value in sorted(theirs) if kind == "user_id"), None)
        contact = any(self._find(one) == customer for one in self.contacts)
        devices = {i: tie.since for i, tie in theirs.items() if i[0] in DEVICE_KINDS}
        return Person(customer, user, contact, Counter((i[0], tie.public) for i, tie in theirs.items()), devices)


def _meant(identities: Sequence[Identity]) -> Iterable[Identity]:
    for kind, value in identities:
        yield from (("user_id", value), ("anonymous_id", value)) if kind == PREVIOUS_ID else ((kind, value),)
