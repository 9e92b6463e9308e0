"""Names that people give to commands: unknown ones are refused, with the one that was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from kaskad.domain.errors import NotFound

MOST_NAMED = 12  # of the names that there are


def require_known(kind: str, name: str | None, known: Iterable[str]) -> None:
    """Returns if `name` is none, or one of `known`. Raises NotFound, which says what is near, else what there is."""
    names = sorted(set(known))
    if name is None or name in names:
        return
    near = get_close_matches(name, names, n=1)
    if near:
        advice = f"did you mean '{near[0]}'?"
    elif names:
        more = f", and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        advice = f"there are {', '.join(names[:MOST_NAMED])}{more}"
    else:
        advice = "there is none yet"
    raise NotFound(f"there is no {kind} '{name}': {advice}")
