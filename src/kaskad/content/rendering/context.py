"""What one render knows besides its data: the locale, the zone, the currency, and how much it may still do."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context

MAX_ITERATIONS = 10_000
CONTEXT_KEY = "this rendering"  # no template can name it: it is no identifier


@dataclass(frozen=True, slots=True)
class Remark:
    """What was not said as it was asked, and what instead. `field` is "" for the data; `cut`: too long."""

    text: str
    field: str = ""
    cut: bool = False


@dataclass(slots=True)
class RenderContext:
    """One message on its way to one customer."""

    language: str  # as Babel writes it: `ru_RU`
    zone: ZoneInfo
    currency: str | None
    utm: str
    iterations_left: int = MAX_ITERATIONS
    remarks: list[Remark] = field(default_factory=list)

    @property
    def locale(self) -> Locale:
        """The language's own rules."""
        return parse_locale(self.language)

    def spend(self, iterations: int) -> None:
        """Counts a loop. Raises SecurityError when all loops together run too often."""
        self.iterations_left -= iterations
        if self.iterations_left < 0:
            raise SecurityError(f"the loops run more than {MAX_ITERATIONS:,} times")


@lru_cache(maxsize=256)
def parse_locale(language: str) -> Locale:
    """The locale by its name; what is remembered of sums is kept by name too, since a Locale is dear to hash."""
    return Locale.parse(language)


def get_render_context(context: Context) -> RenderContext:
    """The rendering that a template's context belongs to."""
    found = context.parent[CONTEXT_KEY]  # no template sets it: so it is where it was handed in, and asked for often
    assert isinstance(found, RenderContext)
    return found
