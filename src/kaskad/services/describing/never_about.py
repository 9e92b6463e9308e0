"""What a journey narrows of `never_about`, in words."""

from __future__ import annotations

from collections.abc import Mapping

from kaskad.domain.duration import Duration
from kaskad.domain.journeys.never_about import NarrowedNeverAbout, Relation
from kaskad.services.wording import format_duration, join_words

RELATION_TEXTS: Mapping[Relation, str] = {
    Relation.SAME: "the very product",
    Relation.SIMILAR: "its like",
    Relation.AGAIN: "what people buy again",
}


def describe_narrowed(narrowed: NarrowedNeverAbout) -> str:
    """Returns for how long each counts here: "its like for 7 days, what people buy again not at all"."""
    said = [(text, getattr(narrowed, relation.value)) for relation, text in RELATION_TEXTS.items()]
    return join_words([f"{text} {_length(own)}" for text, own in said if own is not None])


def _length(own: Duration | str) -> str:
    return f"for {format_duration(own)}" if isinstance(own, Duration) else "not at all"
