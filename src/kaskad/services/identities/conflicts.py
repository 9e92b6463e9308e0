"""What a conflict is about, in a sentence."""

from __future__ import annotations

from kaskad.domain.identities.people import Conflict, ConflictReason

_WHY = {
    ConflictReason.LIMIT: "one person would have more of a kind than identities.yaml allows ('most')",
    ConflictReason.PUBLIC: "only a public source says so, of somebody who is known already",
    ConflictReason.USER_IDS: "both have user ids, and a person has one",
}


def describe(said: Conflict) -> str:
    """Returns what the event said, and why it was not believed."""
    by, named = (f"{kind} '{value:.60}'" for kind, value in (said.by, said.identity))
    whose = "new" if said.other is None else "another customer's"
    return f"it names {by} and {named}, which is {whose}, as one person; {explain(said.reason)}"


def explain(reason: str) -> str:
    """Returns why, in words."""
    return _WHY[ConflictReason(reason)]
