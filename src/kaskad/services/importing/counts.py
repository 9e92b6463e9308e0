"""What an import has done so far, in numbers that can be stored with its progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kaskad.services.importing.items import Item

PLAIN = ("rows", "rejected", "silent", "known", "again", "days")


@dataclass(slots=True)
class Counts:
    """Rows that were read, and those of which something was rejected; events that were stored, by name.

    `silent`: rows that say nothing, by the map.
    `known`: events that were there before; `again`: events that the same files tell twice. `codes` and `remarks`: why
    events were rejected, and how others were understood. `days`: how long events would have to be kept.
    """

    rows: int = 0
    rejected: int = 0
    silent: int = 0
    known: int = 0
    again: int = 0
    days: int = 0
    events: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)

    @property
    def stored(self) -> int:
        """How many events were stored."""
        return self.events.total()

    def document(self) -> dict[str, Any]:
        """The counts as JSON has them."""
        return {
            **{name: getattr(self, name) for name in PLAIN},
            "stored": self.stored,
            **{name: dict(sorted(getattr(self, name).items())) for name in ("events", "codes", "remarks")},
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Counts:
        """The counts of such a document."""
        made = cls()
        for name in PLAIN:
            setattr(made, name, int(document.get(name, 0)))
        for name in ("events", "codes", "remarks"):
            getattr(made, name).update(document.get(name, {}))
        return made

    def copy(self) -> Counts:
        """Counts of its own."""
        return Counts.of(self.document())

    def add_rows(self, items: Iterable[Item]) -> None:
        """Adds what was read, and what was wrong with it."""
        for item in items:
            self.rows += len(item.rows)
            if not item.events and not item.problems:
                self.silent += len(item.rows)
            if item.is_rejected:
                self.rejected += len(item.rows)
            for problem in item.problems:
                (self.remarks if problem.stored else self.codes)[problem.code] += 1
                self.days = max(self.days, problem.days)
