"""Whether two persons are one, since one event names an identity of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kaskad.domain.identities.people import Person, Speaker, Tie
from kaskad.domain.identities.rules import DEVICE_KINDS, USER_ID, Identity, IdentityRules


class Verdict(StrEnum):
    """What is to be done about an identity that somebody else has."""

    JOIN = "join"  # they are one person
    MOVE = "move"  # they are two: the identity goes over to whoever spoke last
    MOVE_CLAIM = "move_claim"  # it goes over, from somebody who had it by the word of a public source only
    APART = "apart"  # nothing: this kind does not join, or the word is older than the last one
    LIMIT = "limit"
    PUBLIC = "public"
    USER_IDS = "user_ids"


@dataclass(frozen=True, slots=True)
class Meeting:
    """An event about `person`, who is known by `by`, names an `identity` that `owner` has; `tie` is what ties it there.

    A person without an id is nobody yet: nothing that the event named before is known.
    """

    speaker: Speaker
    by: Identity
    person: Person
    identity: Identity
    owner: Person
    tie: Tie


def judge(rules: IdentityRules, meeting: Meeting) -> Verdict:
    """Returns what follows from naming identities of two persons in one event."""
    person, owner, public = meeting.person, meeting.owner, meeting.speaker.public
    if person.id and not (rules.joins(meeting.identity[0]) and rules.joins(meeting.by[0])):
        return Verdict.APART
    if person.user is not None and owner.user is not None:
        return _of_two_users(rules, meeting)
    if public and not _may_join_by_public_word(meeting):
        return Verdict.PUBLIC
    if meeting.tie.public and not public:  # whoever it is about, known or new: nobody is whom a claim makes of them
        return Verdict.MOVE_CLAIM if _can_take(rules, meeting) else Verdict.LIMIT
    return Verdict.JOIN if _have_room(rules, person, owner, public=public) else Verdict.LIMIT


def _of_two_users(rules: IdentityRules, meeting: Meeting) -> Verdict:
    """Two who have user ids of their own are two: a tablet, a card or a number may be shared, and changes hands."""
    kind, since = meeting.identity[0], meeting.tie.since
    if kind == USER_ID:
        return Verdict.USER_IDS
    if not rules.joins(kind):
        return Verdict.APART
    if meeting.speaker.public and kind not in DEVICE_KINDS:
        return Verdict.PUBLIC
    if since is not None and meeting.speaker.at < since:
        return Verdict.APART
    return Verdict.MOVE if _can_take(rules, meeting) else Verdict.LIMIT


def _can_take(rules: IdentityRules, meeting: Meeting) -> bool:
    """Whether the person may have one more of the kind. Of devices the oldest goes: a flood bars no real one."""
    kind = meeting.identity[0]
    most = None if kind in DEVICE_KINDS else rules.most(kind)
    return most is None or meeting.person.count(kind, public=meeting.speaker.public) < most


def _may_join_by_public_word(meeting: Meeting) -> bool:
    """A device to one user, and whoever is bare to the speaker. Else a stranger could take over who is known.

    Never somebody with a second card: a stranger could make one person of many who never heard of each other.
    """
    if meeting.person.cards & meeting.owner.cards:
        return False
    own = meeting.by[0] == USER_ID or meeting.by[0] in DEVICE_KINDS
    if own and meeting.identity[0] in DEVICE_KINDS and (meeting.person.user is None) != (meeting.owner.user is None):
        return True
    return meeting.owner.is_bare


def _have_room(rules: IdentityRules, person: Person, owner: Person, *, public: bool) -> bool:
    """Whether one person may have all that the two have; of devices the oldest go, unless both are mere visitors."""
    kinds = {kind for kind, _ in person.counts}
    for kind in kinds if person.is_visitor and owner.is_visitor else kinds - DEVICE_KINDS:
        most = rules.most(kind)
        one, other = person.count(kind, public=public), owner.count(kind, public=public)
        if most is not None and one and other and one + other > most:  # else the join adds none of the kind
            return False
    return True
