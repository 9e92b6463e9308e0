"""Addresses as files write them: `${NAME}` and `${NAME:-default}` stand for what the environment has.

They are published as written, and resolved by the process that calls: publishing elsewhere changes none of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kaskad.domain.errors import Rejected

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def expand_variables(address: str, environment: Mapping[str, str]) -> str:
    """The address that is meant in this environment. Raises Rejected with the name of the variable it lacks.

    An empty variable counts as none.
    """

    def value(found: re.Match[str]) -> str:
        said = environment.get(found[1]) or found[2]
        if said is None:
            raise Rejected(f"the environment has no {found[1]}")
        return said

    return _VARIABLE.sub(value, address)


def required_variables(address: str) -> tuple[str, ...]:
    """The variables that the address cannot do without, in order."""
    return tuple(dict.fromkeys(found[1] for found in _VARIABLE.finditer(address) if found[2] is None))


def is_well_formed(address: str) -> bool:
    """False where a `${` is not one of the two forms."""
    return "${" not in _VARIABLE.sub("", address)
