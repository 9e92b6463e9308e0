"""The context of one render besides its data: locale, zone, currency, and the remaining loop budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context

MAX_ITERATIONS = 10_000
CONTEXT_KEY = "this rendering"  # not an identifier, so no template can use it


@dataclass(frozen=True, slots=True)
class Remark:
    """A value that was changed in rendering, and how. `field` is "" for the data; `cut`: it was too long."""

    text: str
    field: str = ""
    cut: bool = False


@dataclass(slots=True)
class RenderContext:
    """The context in which one message to one customer is rendered."""

    language: str  # as Babel writes it: `ru_RU`
    zone: ZoneInfo
    currency: str | None
    utm: str
    iterations_left: int = MAX_ITERATIONS
    remarks: list[Remark] = field(default_factory=list)

    @property
    def locale(self) -> Locale:
        """Babel's locale for the language."""
        return parse_locale(self.language)

    def spend(self, iterations: int) -> None:
        """Counts a loop. Raises SecurityError when all loops together run too often."""
        self.iterations_left -= iterations
        if self.iterations_left < 0:
            raise SecurityError(f"the loops run more than {MAX_ITERATIONS:,} times")


@lru_cache(maxsize=256)
def parse_locale(language: str) -> Locale:
    """The locale by its name. The cache of amounts uses the name as well, since a Locale is expensive to hash."""
    return Locale.parse(language)


def get_render_context(context: Context) -> RenderContext:
    """The render context that belongs to a template's context."""
    found = context.parent[CONTEXT_KEY]  # templates never set it; read directly, being hot
    assert isinstance(found, RenderContext)
    return found
