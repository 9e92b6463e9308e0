"""One offer as its feed writes it, before anything in it is understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RawOffer:
    """The columns of one offer, by name; `place` says where it is in the document, for people.

    `stores`: what is said of each store, as text. `fault`: why it is no offer, or "".
    """

    place: str
    columns: Mapping[str, str]
    stores: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
