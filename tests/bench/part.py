"""What the parts of the bench share: their sizes, and what each hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from laps import Progress
from rich.table import Table

Bar = Callable[[str, int], Progress]  # what is being done, how many there are: a progress bar


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much each part takes on. As they stand, all of it takes ten minutes or so."""

    customers: int = 10_000  # whom Kaskad takes through the journey
    each: int = 20  # who get a Prefect run each
    rivals: Mapping[str, int] = field(
        default_factory=lambda: {"pgqueuer": 6_000, "procrastinate": 2_000, "dbos": 1_000, "bare_loop": 10_000}
    )
    warm: int = 300
    at_once: int = 250  # calls to the provider, of every engine
    slow: int = 3_000  # whom a provider of 50 ms is told of
    inside: int = 5_000
    waiting: tuple[int, ...] = (10_000, 100_000, 1_000_000, 5_000_000)
    claims: int = 50
    batch: int = 1_000  # people in one claim
    events: int = 60_000  # through the API
    crowd: int = 100_000  # whom a product fans out to
    triggers: int = 10
    outage: int = 4_000  # customers by e-mail, while other providers are down
    memory: int = 100_000
    carts: int = 500  # that are changed in one place and read in another

    def no_larger_than(self, customers: int) -> Sizes:
        """The same measurements with hardly anybody: for the test."""
        rivals = dict.fromkeys(self.rivals, customers)
        return Sizes(
            customers,
            2,
            rivals,
            20,
            50,
            customers,
            customers,
            (1_000, 2_000),
            5,
            100,
            500,
            500,
            2,
            customers,
            1_000,
            20,
        )


@dataclass(frozen=True, slots=True)
class Part:
    """Figures for `build/bench.json`, and the same for people."""

    figures: dict[str, Any]
    tables: tuple[Table, ...]


def percentile(values: list[float], share: float) -> float:
    """The value that the share of them does not exceed, by nearest rank; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def table(title: str, *columns: str) -> Table:
    """An empty table, its first column on the left and the others on the right."""
    made = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        made.add_column(column, justify="right" if number else "left")
    return made
