"""Environment variables in the addresses of files: `${NAME}` and `${NAME:-default}`.

They are published as written, and resolved by the process that calls: another environment changes no version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kaskad.domain.errors import Rejected

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def expand_variables(address: str, environment: Mapping[str, str]) -> str:
    """The address with the variables' values. Raises Rejected with the name of a missing variable.

    An empty variable counts as missing.
    """

    def value(found: re.Match[str]) -> str:
        said = environment.get(found[1]) or found[2]
        if said is None:
            raise Rejected(f"the environment has no {found[1]}")
        return said

    return _VARIABLE.sub(value, address)


def required_variables(address: str) -> tuple[str, ...]:
    """The variables without a default, in order."""
    return tuple(dict.fromkeys(found[1] for found in _VARIABLE.finditer(address) if found[2] is None))


def is_well_formed(address: str) -> bool:
    """False if a `${` is not one of the two forms."""
    return "${" not in _VARIABLE.sub("", address)
