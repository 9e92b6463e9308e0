"""How one source writes its values: the formats of its times and dates, its decimal mark, its zone and its currency."""

from __future__ import annotations

from dataclasses import dataclass, field

from kaskad.domain.model import Model
from kaskad.domain.values.amounts import DecimalMark


class Formats(Model):
    """The `formats:` of a source, in the tokens of pendulum: `DD.MM.YYYY HH:mm`. They are tried before ISO 8601."""

    time: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    decimal: DecimalMark | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """All that reading a value of one source needs beside the value.

    `zone` is that of times in the source's own formats; `shop_zone` decides the date of an instant, unless the
    customer's own zone is known.
    """

    formats: Formats = field(default_factory=Formats)
    zone: str = "UTC"
    shop_zone: str = "UTC"
    currency: str = "RUB"
