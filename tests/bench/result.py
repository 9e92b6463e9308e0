"""What was found out, as a document and as a table."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from laps import JOURNEY, Lap
from rich.table import Table
from stand import Stand


@dataclass(frozen=True, slots=True)
class Result:
    """Both ways, measured in one house in one go."""

    kaskad: Lap
    prefect_run_each: Lap
    versions: dict[str, str]

    @property
    def ratio(self) -> float:
        return self.kaskad.customers_per_s / self.prefect_run_each.customers_per_s

    def document(self) -> dict[str, Any]:
        """What `build/bench.json` says."""
        laps = {"kaskad": self.kaskad, "prefect_run_each": self.prefect_run_each}
        return {
            "customers_per_s": {name: round(lap.customers_per_s, 2) for name, lap in laps.items()},
            "ratio": round(self.ratio, 1),
            "customers": {name: lap.customers for name, lap in laps.items()},
            "flow_runs": {name: lap.runs for name, lap in laps.items()},
            "seconds": {name: round(lap.seconds, 3) for name, lap in laps.items()},
            "journey": JOURNEY,
            "versions": self.versions,
            "cpus": os.cpu_count(),
        }

    def table(self) -> Table:
        """The same for people."""
        table = Table(title=f"Customers through '{JOURNEY}', each checked and sent to over HTTP")
        for column in ("", "customers", "Prefect runs", "seconds", "customers/s", ""):
            table.add_column(column, justify="left" if column == "" else "right")
        for name, lap, times in (
            ("one run for all (kaskad)", self.kaskad, f"[bold]{self.ratio:,.0f} ×[/]"),
            ("one run for each customer", self.prefect_run_each, "1 ×"),
        ):
            per_second = f"{lap.customers_per_s:,.1f}"
            table.add_row(name, f"{lap.customers:,}", f"{lap.runs:,}", f"{lap.seconds:,.1f}", per_second, times)
        return table


async def versions(stand: Stand) -> dict[str, str]:
    """Of all that the figures depend on."""
    async with stand.runtime.database.transaction() as connection:
        row = await (await connection.execute("SHOW server_version")).fetchone()
    assert row is not None
    found = {name: version(name) for name in ("kaskad", "prefect", "psycopg", "httpx", "aiohttp")}
    return {"python": platform.python_version(), "postgres": row["server_version"], **found}
