"""A map: which column of a file is what. Pure values; `config/import_maps` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kaskad.domain.importing.kinds import ImportKind
from kaskad.domain.journeys.condition import ValueType
from kaskad.domain.values.dialect import Formats


@dataclass(frozen=True, slots=True)
class Column:
    """Where a value comes from: a column (with `.` into what it holds), a constant, or a column by a table of words.

    `names`: the words of the file and what each means; `filled`: what any other word means. `place`: where the map says
    so, for messages about it.
    `total` (of an order): the sum of that column over the order's rows. `per`: the value is for so many pieces.
    """

    name: str | None = None
    constant: Any = None
    names: Mapping[str, Any] | None = None
    default: Any = None
    optional: bool = False
    is_sum: bool = False
    per: str | None = None
    filled: Any = None
    place: str = field(default="", compare=False)


Fields = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an order: from the rows that have its id, or from the list in the column `listed`."""

    fields: Fields
    listed: Column | None = None


@dataclass(frozen=True, slots=True)
class FurtherEvent:
    """Another event that the same row tells: the order was paid, cancelled. It did happen if its time is there."""

    name: str
    time: Column
    properties: Fields = field(default_factory=dict)
    when: Column | None = None  # with `names`: words that mean true


@dataclass(frozen=True, slots=True)
class ConsentColumns:
    """What a row says of consent. `granted`: true, false, or null where a word says nothing."""

    granted: Column
    fields: Fields
    time: Column | None = None


@dataclass(frozen=True, slots=True)
class FileForm:
    """How the file is written; what is None is recognized. `empty`: words that stand for no value."""

    encoding: str | None = None
    delimiter: str | None = None
    empty: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ImportMap:
    """A whole map. `digest`: of its text; a run goes on with the map that it began with."""

    kind: ImportKind
    path: str
    digest: str
    source: str | None = None
    file: FileForm = FileForm()
    formats: Formats = field(default_factory=Formats)
    zone: str | None = None
    who: Fields = field(default_factory=dict)
    id: Column | None = None
    time: Column | None = None
    event: Column | None = None
    properties: Fields = field(default_factory=dict)
    types: Mapping[str, ValueType] = field(default_factory=dict)
    others: bool = False
    lines: Lines | None = None
    more: tuple[FurtherEvent, ...] = ()
    traits: Fields = field(default_factory=dict)
    consents: tuple[ConsentColumns, ...] = ()

    @property
    def groups_rows(self) -> bool:
        """Whether the rows of an order make its lines."""
        return self.lines is not None and self.lines.listed is None
