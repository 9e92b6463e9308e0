"""Random events give the same persons as the plainest model, however they are cut into chunks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kaskad.domain.identities.people import Speaker
from kaskad.domain.identities.rules import IdentityKind, IdentityRules
from tests.support.identities.memory import IdentityMemory
from tests.support.identities.union_find import UnionFind
from tests.support.stack import NOON

LIMITS = {"user_id": 1, "card": 2, "email": 2, "phone": 1, "device": 2, "anonymous_id": 3}
NAMES = [IdentityKind(name=name, most=most, join=name != "phone") for name, most in LIMITS.items()]
RULES = IdentityRules(kinds=tuple(NAMES))
identities = st.tuples(st.sampled_from([*LIMITS, "crm", "previous_id"]), st.sampled_from("abc"))


@st.composite
def events(draw: st.DrawFn) -> list[Speaker]:
    found = []
    for number in range(draw(st.integers(1, 25))):
        named = draw(st.lists(identities, min_size=1, max_size=4, unique=True))
        public = draw(st.booleans())
        at = NOON + timedelta(minutes=draw(st.integers(0, 5)))
        tells = draw(st.sampled_from([False, False, False, True]))
        found.append(Speaker(named, "site" if public else "crm", f"m{number}", at, public, tells))
    return found


def resolved(told: Sequence[Speaker], cuts: Sequence[int]) -> IdentityMemory:
    memory = IdentityMemory(RULES)
    for start, end in pairwise([0, *sorted(set(cuts)), len(told)]):
        memory.store(told[start:end])
    return memory


@settings(max_examples=400, deadline=None)
@given(events(), st.lists(st.integers(1, 24), max_size=8))
def test_events_give_the_same_people_as_the_model_in_any_chunks(told: list[Speaker], cuts: list[int]) -> None:
    model = UnionFind(RULES)
    for speaker in told:
        model.say(speaker)
    whole, parts = resolved(told, []), resolved(told, [cut for cut in cuts if cut < len(told)])
    for memory in (whole, parts):
        assert memory.people() == model.people()
        assert memory.groups() == model.groups()
        assert memory.conflicts == model.conflicts


@settings(max_examples=300, deadline=None)
@given(events())
def test_nobody_has_more_than_the_rules_allow(told: list[Speaker]) -> None:
    """What a public source only claims does not count against the word of another source."""
    memory = resolved(told, list(range(1, len(told))))
    for person in memory.people():
        for kind, most in LIMITS.items():
            theirs = [i for i in person if i[0] == kind and not memory.ties[i][1].public]
            assert len(theirs) <= most
        assert len({value for kind, value in person if kind == "user_id"}) <= 1
