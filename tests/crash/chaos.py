"""One siege from its first event to its verdict."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from kaskad.storage.embedded.server_files import ServerFiles
from tests.crash import verdict
from tests.crash.kills import Attack, planned
from tests.crash.load import Load
from tests.crash.verdict import Message, Record, Verdict
from tests.crash.victim import CHANNELS, LEASE, Victim, start_victim
from tests.support.paths import ROOT
from tests.support.postgres import memory

LOGS = ROOT / "build" / "crash-logs"  # what the processes said last time
RESTS_WITHIN = 150.0  # seconds: two waits for a provider that was away, and the deadline of what nobody can tell
AT_REST = """
SELECT (SELECT count(*) FROM enrollment WHERE status IN ('candidate', 'active')) AS inside,
       (SELECT count(*) FROM message WHERE status IN ('queued', 'claimed', 'sending')) AS on_the_way,
       (SELECT count(*) FROM message WHERE status = 'unknown' AND settled_by IS NULL) AS in_doubt,
       (SELECT count(*) FROM fanout WHERE done_at IS NULL) AS fanouts"""
MESSAGES = """
SELECT m.id::text AS key, m.journey, m.channel, i.value AS customer, m.status::text AS status,
       coalesce(m.reason, '') || coalesce(' ' || m.detail, '') AS reason,
       m.settled_by,
       coalesce(extract(epoch FROM m.sending_machine_at), 0)::float8 AS begun
  FROM message m JOIN identity i ON i.customer_id = m.customer_id AND i.kind = 'user_id'"""


@dataclass(frozen=True)
class ChaosTest:
    """How hard, how long, and in which order."""

    kills: int
    sends: int
    seed: int
    console: Console


@dataclass
class Result:
    """The verdict, and what it rests on."""

    verdict: Verdict
    seconds: float
    details: dict[str, Any]
    examples: dict[str, list[Any]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As `build/crash.json` has it."""
        counts = asdict(self.verdict)
        return {**counts, "kept": not self.verdict.broken, "seconds": round(self.seconds, 1), **self.details}

    def table(self) -> Table:
        """The same for people."""
        table = Table("", "count", title=f"{self.seconds:.0f} s under fire", title_justify="left")
        for name, count in asdict(self.verdict).items():
            broken = name in self.verdict.broken
            table.add_row(name.replace("_", " "), f"[red]{count:,}[/]" if broken else f"{count:,}")
        for name, count in sorted(self.details["kills_by_kind"].items()):
            table.add_row(f"  killed: {name}", f"{count:,}")
        return table


async def run_chaos(chaos: ChaosTest) -> Result:
    """What became of a stack that was attacked so. Everything is deleted afterwards."""
    began = time.monotonic()
    with _folder() as folder, _bars(chaos.console) as bars:
        async with start_victim(folder, chaos.seed, lambda name, what: None) as stack:
            return await _fight(chaos, stack, bars, began)
    raise KeyboardInterrupt  # the stack ends its block quietly on Ctrl-C


async def _fight(chaos: ChaosTest, stack: Victim, bars: Progress, began: float) -> Result:
    record, load = Record(stack.record), Load(stack, chaos.seed)
    attack = Attack(stack, load, chaos.sends, record.read)
    showing = asyncio.create_task(_show(bars, chaos, record, attack))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(load.come(chaos.sends, lambda: sum(attack.dealt.values()) / chaos.kills))
            group.create_task(attack.run(*planned(chaos.kills, chaos.seed)))
        await load.restock()
        stuck = await _rest(stack)
    finally:
        showing.cancel()
        await load.close()
    record.read()
    return await _judge(chaos, stack, record, load, attack, stuck, time.monotonic() - began)


async def _rest(stack: Victim) -> dict[str, int]:
    """What is still not done when nothing moves any more; empty where all is."""
    left: dict[str, int] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(RESTS_WITHIN):
            while left := {name: count for name, count in (await stack.rows(AT_REST))[0].items() if count}:  # noqa: ASYNC110
                await asyncio.sleep(0.25)
    return left


async def _judge(
    chaos: ChaosTest,
    stack: Victim,
    record: Record,
    load: Load,
    attack: Attack,
    stuck: dict[str, int],
    seconds: float,
) -> Result:
    messages = [Message(**row) for row in await stack.rows(MESSAGES)]
    unknown = {str(row["id"]) for row in await stack.rows("SELECT id FROM was_unknown")}
    begun = {message.key: message.begun for message in messages}
    found: dict[str, Sequence[Any]] = {
        "duplicates": verdict.duplicates(record.calls, unknown),
        "late": verdict.late(record.calls, load.acknowledged, begun, LEASE),
        "lost": verdict.lost(record.calls, load.acknowledged, messages),
        "unclassified": verdict.unclassified(messages, unknown),
    }
    counts = {name: len(what) for name, what in found.items()}
    counts["lost"] += sum(stuck.values())
    kills = sum(attack.dealt.values())
    ruling = Verdict(
        **counts,
        kills=kills,
        sends=record.sends,
        unknown=len(unknown),
        seed=chaos.seed,
        most_unknown=kills * await _concurrency(stack),
    )
    details = await _details(stack, load, attack, stuck)
    details["calls"] = dict(Counter(call.outcome for call in record.calls))
    ledger = {verdict.Line(message.journey, message.channel, message.customer): message for message in messages}
    found["lost"] = [(" ".join(line), ledger.get(line)) for line in found["lost"]]
    return Result(ruling, seconds, details, {name: list(what[:5]) for name, what in found.items() if what})


async def _concurrency(stack: Victim) -> int:
    """How many calls of one channel may be under way at a time."""
    async with stack.runtime.database.transaction() as connection:
        await stack.runtime.catalogue.refresh(connection)
    return max(stack.runtime.catalogue.project.channels[channel].concurrency for channel in CHANNELS)


async def _details(stack: Victim, load: Load, attack: Attack, stuck: dict[str, int]) -> dict[str, Any]:
    acknowledged = load.acknowledged
    statuses = await stack.rows("SELECT status::text AS status, count(*) AS count FROM message GROUP BY 1 ORDER BY 1")
    return {
        "kills_by_kind": dict(sorted(attack.dealt.items())),
        "customers": len(acknowledged.carts),
        "purchases": len(acknowledged.orders),
        "restocked": len(acknowledged.restocked),
        "events": acknowledged.events,
        "requests_again": acknowledged.refusals,
        "messages": {row["status"]: row["count"] for row in statuses},
        "stuck": stuck,
    }


async def _show(bars: Progress, chaos: ChaosTest, record: Record, attack: Attack) -> None:
    sends: TaskID = bars.add_task("sends", total=chaos.sends)
    kills: TaskID = bars.add_task("kills", total=chaos.kills)
    while True:
        bars.update(sends, completed=min(record.sends, chaos.sends))
        bars.update(kills, completed=sum(attack.dealt.values()))
        await asyncio.sleep(0.2)


def _bars(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<7}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder of its own; run by root, Postgres has another account: let it in."""
    folder = Path(tempfile.mkdtemp(prefix="kaskad-crash-", dir=memory()))
    folder.chmod(0o711)
    shutil.rmtree(LOGS, ignore_errors=True)
    try:
        yield folder
    finally:
        shutil.copytree(folder / "home" / "logs", LOGS, dirs_exist_ok=True)
        data = ServerFiles.of(folder / "home" / "postgres").data.parent
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(data, ignore_errors=True)
