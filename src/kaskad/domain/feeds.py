"""Catalogue feeds: files with the shop's products that are read on a schedule from a web address."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from kaskad.domain.duration import Duration
from kaskad.domain.model import Model
from kaskad.domain.values.amounts import DecimalMark

SILENT_AFTER = 3  # times `every`, where the file says nothing else


class FeedFormat(StrEnum):
    """How a feed is written."""

    CSV = "csv"  # a table; tabs and other marks between columns too
    YML = "yml"  # Yandex Market Language
    GOOGLE = "google"  # Google Merchant: RSS, Atom, or a table


class Feed(Model):
    """One feed. `columns`: a column of its own → a property of products; `store`: the column that names the store.

    `may_shrink` is the share of offers that may vanish or sell out at once. `available_units`: how many there are of an
    offer that is in stock, if the feed does not count.
    """

    name: str
    url: str  # as written, with ${NAME}
    format: FeedFormat
    every: Duration
    title: str = ""
    owner: str = ""
    columns: dict[str, str] = {}
    store: str | None = None
    currency: str | None = None  # of prices without one; None: the shop's
    encoding: str | None = None
    delimiter: str | None = None
    decimal: DecimalMark | None = None
    may_shrink: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal("0.2")
    available_units: Annotated[int, Field(gt=0)] = 1_000
    silent_after: Duration | None = None
    max_megabytes: Annotated[int, Field(gt=0)] = 500  # unpacked
    timeout: Duration = Duration(seconds=1_800)

    @property
    def longest_silence(self) -> Duration:
        """How long nothing may be read of it before its owner is told."""
        return self.silent_after or Duration(seconds=int(self.every.longest.total_seconds()) * SILENT_AFTER)
