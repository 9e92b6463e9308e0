"""Reads `never_about` of the policy."""

from __future__ import annotations

from kaskad.config.yaml.node import Node
from kaskad.config.yaml.quantities import read_duration
from kaskad.config.yaml.record import Record
from kaskad.config.yaml.scalars import read_text
from kaskad.domain.journeys.never_about import NeverAbout

EXAMPLE = "{same: 30d, similar: 30d}"


def read_never_about(node: Node) -> NeverAbout:
    """The policy's rule. `bought_or_similar` is how the very product and its like were written before."""
    if not isinstance(node.value, dict):
        raise node.error(f"a mapping is needed here, not {node.said}: write {EXAMPLE}")
    record = Record(node)
    if record.has("bought_or_similar"):
        both = record.need("bought_or_similar", read_duration, "")
        record.done()
        return NeverAbout(same=both, similar=both)
    same = record.need("same", read_duration, f"for how long after a purchase, as in {EXAMPLE}")
    similar = record.get("similar", read_duration, None)
    again = record.get("again", read_duration, None)
    categories = record.get("bought_again", lambda it: it.each(read_text), ())
    if record.has("bought_again") and not record.has("again"):
        record.missing("again", "for how long nothing about what people buy again, like 1d")
    record.done()
    return NeverAbout(same=same, similar=similar, again=again, bought_again=categories)
