"""The document that all parts make together."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from part import Part
from stand import Stand

PACKAGES = ("kaskad", "prefect", "psycopg", "httpx", "aiohttp", "pgqueuer", "procrastinate", "dbos", "asyncpg")


def write(found: Mapping[str, str], parts: Sequence[Part], to: Path) -> dict[str, Any]:
    """The figures of the parts, over those of an earlier run for what was not measured now; written to the file.

    `found` are the versions of everything that they depend on.
    """
    figures = _earlier(to)
    for part in parts:
        figures |= part.figures
    figures |= {"versions": dict(found), "cpus": os.cpu_count()}
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps(figures, indent=2) + "\n")
    return figures


def _earlier(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


async def versions(stand: Stand) -> dict[str, str]:
    """Of all that the figures depend on, as far as it is installed: without the other engines the rest is measured."""
    async with stand.runtime.database.transaction() as connection:
        row = await (await connection.execute("SHOW server_version")).fetchone()
    assert row is not None
    found = {name: said for name in PACKAGES if (said := _version(name)) is not None}
    return {"python": platform.python_version(), "postgres": row["server_version"], **found}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
