"""Names under which the engine itself tells events: what they say counts for more than what a source says."""

from __future__ import annotations

from enum import StrEnum


class OwnSource(StrEnum):
    """Where a word of the engine comes from. No source, key or provider may have one of these names."""

    ENGINE = "kaskad"  # journeys, and the link that confirms an address
    PREFERENCES = "preferences"  # what customers choose on their own page: it may end a withdrawal
    UNSUBSCRIBE = "unsubscribe"  # clicks in our own links, which are narrower than STOP
    FORGET = "forget"  # withdrawals by the addresses of who was forgotten
    REHEARSAL = "rehearsal"  # receipts in simulations


OWN_SOURCES = frozenset(OwnSource)


def describe_own_source(name: str) -> str:
    """Returns the sentence that refuses this name."""
    return f"'{name}' is a name under which Kaskad itself tells events: choose another one"
