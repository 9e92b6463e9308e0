"""Decides for events, one after the other, whose each is, which identities are whose, and who is one person.

Everything follows from what is known before the event and from the event itself. So it makes no difference which events
are resolved together.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kaskad.domain.identities.joining import Meeting, Verdict, judge
from kaskad.domain.identities.people import Conflict, ConflictReason, Join, Known, Move, Person, Speaker, Tie
from kaskad.domain.identities.rules import (
    ADDRESS_KINDS,
    ANONYMOUS_ID,
    DEVICE_KINDS,
    PREVIOUS_ID,
    USER_ID,
    Identity,
    IdentityRules,
)


@dataclass(slots=True)
class Plan:
    """What to do, in the order of the events. New customers are negative numbers; -1 is the first."""

    fresh: dict[Identity, tuple[int, Tie]] = field(default_factory=dict)  # identities that are new
    confirmed: dict[Identity, str] = field(default_factory=dict)  # claims that a source that is not public says as well
    moves: list[Move] = field(default_factory=list)
    dropped: set[Identity] = field(
        default_factory=set
    )  # devices that are nobody's any more: their person has newer ones
    joins: list[Join] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    newcomers: int = 0


@dataclass(slots=True)
class _Event:
    """One event while it is resolved; `by` is the identity that says whose it is."""

    speaker: Speaker
    by: Identity
    own: bool = True  # whether it is the person's own word


class Resolver:
    """Resolves events in the order of arrival; `plan` is what that comes to."""

    def __init__(self, rules: IdentityRules, known: Known) -> None:
        self.plan = Plan()
        self._rules = rules
        self._ties: dict[Identity, tuple[Person, Tie]] = {}
        self._persons: dict[int, Person] = {}
        self._lost = set[Identity]()
        self.add_known(known)

    def add_known(self, known: Known) -> None:
        """Adds what is stored of identities that no earlier event named."""
        for id_, person in known.persons.items():
            self._persons.setdefault(id_, person)
        for identity, (id_, tie) in known.ties.items():
            if identity in self.plan.dropped:
                continue
            self._ties.setdefault(identity, (self._persons[id_], tie))
        self._lost |= known.lost

    def owner(self, identity: Identity) -> int | None:
        """Returns whose the identity is by now; None if nobody has it."""
        found = self._ties.get(identity)
        return _standing(found[0]).id if found else None

    def customer(self, id_: int) -> int:
        """Returns who that customer, as `take` returned it, is by now."""
        return _standing(self._persons[id_]).id

    def take(self, speaker: Speaker) -> int:
        """Returns whose the event is; what follows for identities is added to the plan."""
        plain = self._find_plain(speaker)
        if plain is not None:
            return plain
        named = self._named(speaker)
        event, unknown, unsure = _Event(speaker, named[0]), list[Identity](), self._is_unsure(speaker, named)
        person = Person(0, user=named[0][1] if named[0][0] == USER_ID else None)
        for identity in named:
            found = self._ties.get(identity)
            if found is None:
                unknown.append(identity)
            elif not person.id and not unknown and not unsure:  # nothing else was named before: it is whoever has this
                person, event.by = _standing(found[0]), identity
            else:
                person = self._meet(event, person, identity)
        person = person if person.id else self._create(person)
        event.own = _speaks_for(event, person)
        for identity in unknown:
            self._attach(event, person, identity)
        person.contact = person.contact or speaker.tells_contact
        return person.id

    def _find_plain(self, speaker: Speaker) -> int | None:
        """Returns whose the event is if it names one person, by known names, and says nothing new: as most do."""
        owner = None
        for identity in speaker.identities:
            found = self._ties.get(identity)
            if found is None or (owner and found[0] is not owner) or found[1].public:
                return None
            owner = found[0]
        if owner is None or owner.into is not None:
            return None
        owner.contact = owner.contact or speaker.tells_contact
        return owner.id

    def _named(self, speaker: Speaker) -> list[Identity]:
        """Returns the identities, strongest first; last those that somebody has by a public source's word alone."""
        named = self._rules.ordered(map(self._called, speaker.identities), public=speaker.public)
        if not speaker.public and len(named) > 1:
            named.sort(key=lambda identity: identity in self._ties and self._ties[identity][1].public)
        return named

    def _is_unsure(self, speaker: Speaker, named: list[Identity]) -> bool:
        """Whether a source that is not public names only what two persons claim: then it is neither of them."""
        found = [self._ties[identity] for identity in named if identity in self._ties]
        claimed = not speaker.public and len(found) > 1 and all(tie.public for _, tie in found)
        return claimed and len({_standing(person).id for person, _ in found}) > 1

    def _called(self, identity: Identity) -> Identity:
        """Returns what an alias calls by its previous id: a user, if there is one of that id, else a visitor."""
        kind, value = identity
        if kind != PREVIOUS_ID:
            return identity
        return (USER_ID, value) if (USER_ID, value) in self._ties else (ANONYMOUS_ID, value)

    def _create(self, person: Person) -> Person:
        self.plan.newcomers += 1
        person.id = -self.plan.newcomers
        self._persons[person.id] = person
        return person

    def _meet(self, event: _Event, person: Person, identity: Identity) -> Person:
        """Returns whose the event is, after it named an identity that somebody has."""
        found, tie = self._ties[identity]
        meeting = Meeting(event.speaker, event.by, person, identity, _standing(found), tie)
        if meeting.owner is person:
            self._confirm(event, identity)
            return person
        verdict = judge(self._rules, meeting)
        if verdict is Verdict.JOIN:
            return self._join(event, meeting) if person.id else self._adopt(meeting)
        if verdict is Verdict.APART:
            return person
        person = person if person.id else self._create(person)
        if verdict in (Verdict.MOVE, Verdict.MOVE_CLAIM):
            self._move(event, person, identity)
        if verdict is not Verdict.MOVE:
            reason = ConflictReason.PUBLIC if verdict is Verdict.MOVE_CLAIM else ConflictReason(verdict.value)
            self._note(event, reason, identity, between=(person, meeting.owner))
        return person

    def _adopt(self, meeting: Meeting) -> Person:
        """Returns the identity's owner: the event is about them, since all else that it names is new."""
        owner = meeting.owner
        owner.user = owner.user if meeting.person.user is None else meeting.person.user
        return owner

    def _join(self, event: _Event, meeting: Meeting) -> Person:
        stands, goes = sorted((meeting.person, meeting.owner), key=lambda one: one.seniority)
        said = event.speaker
        join = Join(
            standing=stands.id,
            joined=goes.id,
            by=event.by,
            identity=meeting.identity,
            source=said.source,
            message_id=said.message_id,
            at=said.at,
        )
        self.plan.joins.append(join)
        goes.into = stands
        stands.counts += goes.counts
        stands.contact = stands.contact or goes.contact
        stands.devices |= goes.devices
        for kind in DEVICE_KINDS:
            self._drop_oldest(event, stands, kind, but=meeting.identity)
        return stands

    def _move(self, event: _Event, person: Person, identity: Identity) -> None:
        found, tie = self._ties[identity]
        owner, said = _standing(found), event.speaker
        owner.counts[identity[0], tie.public] -= 1
        tie = Tie(said.source, said.at)
        self._ties[identity] = (person, tie)
        person.counts[identity[0], False] += 1
        if identity in self.plan.fresh:
            self.plan.fresh[identity] = (person.id, tie)
        else:
            self.plan.moves.append(Move(identity, owner.id, person.id, said.source, said.at))
        owner.devices.pop(identity, None)
        self._note_device(event, person, identity)

    def _attach(self, event: _Event, person: Person, identity: Identity) -> None:
        """Gives the person an identity that nobody has, unless it would be one too many, or is no more than a claim."""
        kind, said = identity[0], event.speaker
        claim = said.public and kind not in DEVICE_KINDS and kind != USER_ID
        most = self._rules.most(kind)
        if claim and (person.counts[kind, False] or kind in person.cards or not event.own):
            if kind not in ADDRESS_KINDS or not person.counts[kind, False]:  # else it is told of the contact
                self._note(event, ConflictReason.PUBLIC, identity, between=(person, None))
        elif kind not in DEVICE_KINDS and most is not None and person.count(kind, public=said.public) >= most:
            self._note(event, ConflictReason.LIMIT, identity, between=(person, None))
        else:
            self._give(event, person, identity, tie=Tie(said.source, said.at, claim))

    def _give(self, event: _Event, person: Person, identity: Identity, *, tie: Tie) -> None:
        self._ties[identity] = (person, tie)
        person.counts[identity[0], tie.public] += 1
        if identity in self._lost or identity in self.plan.dropped:
            self._lost.discard(identity)
            self.plan.dropped.discard(identity)
            self.plan.moves.append(Move(identity, None, person.id, event.speaker.source, event.speaker.at))
        else:
            self.plan.fresh[identity] = (person.id, tie)
        self._note_device(event, person, identity)

    def _note_device(self, event: _Event, person: Person, identity: Identity) -> None:
        if identity[0] in DEVICE_KINDS:
            person.devices[identity] = event.speaker.at
            self._drop_oldest(event, person, identity[0], but=identity)

    def _drop_oldest(self, event: _Event, person: Person, kind: str, *, but: Identity) -> None:
        """Takes from the person the oldest devices of the kind, until they have no more than one may have."""
        most = self._rules.most(kind)
        while most is not None and person.counts[kind, False] > most:
            oldest = person.oldest(kind, but=but, named=event.speaker.identities)
            del person.devices[oldest]
            self._ties.pop(oldest, None)
            person.counts[kind, False] -= 1
            if self.plan.fresh.pop(oldest, None) is None:
                self.plan.dropped.add(oldest)

    def _confirm(self, event: _Event, identity: Identity) -> None:
        """What a public source claimed is known as soon as another source says it together with what is known."""
        found, tie = self._ties[identity]
        by, person, most = self._ties.get(event.by), _standing(found), self._rules.most(identity[0])
        if not tie.public or event.speaker.public or event.by == identity or (by and by[1].public):
            return
        if most is not None and person.counts[identity[0], False] >= most:
            return
        sure = Tie(event.speaker.source, tie.since)
        self._ties[identity] = (found, sure)
        person.counts[identity[0], True] -= 1
        person.counts[identity[0], False] += 1
        if identity in self.plan.fresh:
            self.plan.fresh[identity] = (self.plan.fresh[identity][0], sure)
        else:
            self.plan.confirmed[identity] = event.speaker.source

    def _note(
        self, event: _Event, reason: ConflictReason, identity: Identity, *, between: tuple[Person, Person | None]
    ) -> None:
        person, other = between
        said = event.speaker
        conflict = Conflict(
            reason=reason,
            by=event.by,
            identity=identity,
            customer=person.id,
            other=other.id if other else None,
            source=said.source,
            message_id=said.message_id,
            at=said.at,
        )
        self.plan.conflicts.append(conflict)


def _speaks_for(event: _Event, person: Person) -> bool:
    """Whether the event is the person's own word: it names the user or a device, or nobody is known under the rest."""
    return event.by[0] == USER_ID or event.by[0] in DEVICE_KINDS or person.is_bare


def _standing(person: Person) -> Person:
    while person.into is not None:
        person = person.into
    return person
