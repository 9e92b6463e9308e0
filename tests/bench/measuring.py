"""What a lap costs besides time: CPU of each party, write-ahead log, memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from processes import Spent, ours, peak_mb, spent
from stand import Stand


@dataclass(frozen=True, slots=True)
class Costs:
    """Of one customer: milliseconds of CPU by party, KB of write-ahead log; and the peak memory of a worker, in MB."""

    cpu_ms: dict[str, float] = field(default_factory=dict)
    wal_kb: float = 0.0
    peak_mb: float = 0.0
    workers_cpu: tuple[float, ...] = ()  # seconds of each worker


class Meter:
    """An async context manager around a lap; `costs` afterwards."""

    def __init__(self, stand: Stand, workers: Sequence[int]) -> None:
        self._stand, self._workers = stand, list(workers)
        self._spent: dict[str, float] = {}
        self._wal = 0
        self._peak = 0.0

    async def __aenter__(self) -> Self:
        self._before, self._wal_before = self._now(), await self._written()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._spent = self._now().since(self._before)
            self._wal = await self._written() - self._wal_before
            self._peak = max(map(peak_mb, self._workers), default=0.0)

    def costs(self, customers: int) -> Costs:
        """What the lap has cost, of each customer."""
        each = [self._spent[f"worker {pid}"] for pid in self._workers]
        parties = {"worker": sum(each), **{name: self._spent[name] for name in ("postgres", "sandbox", "prefect")}}
        per_customer = {name: seconds / customers * 1_000 for name, seconds in parties.items()}
        return Costs(per_customer, self._wal / customers / 1_000, self._peak, tuple(each))

    def _now(self) -> Spent:
        stack = {"postgres": ours("/bin/postgres"), "sandbox": ours("main sandbox"), "prefect": ours("prefect_app")}
        return spent({**stack, **{f"worker {pid}": [pid] for pid in self._workers}})

    async def _written(self) -> int:
        async with self._stand.runtime.database.transaction() as connection:
            cursor = await connection.execute(
                "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS at"
            )
            row = await cursor.fetchone()
        assert row is not None
        at: int = row["at"]
        return at
