"""The demo's figures. Messages that were really sent are counted at the sandbox, never in Kaskad's own tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from kaskad.domain.cart import DERIVED_SUFFIX
from kaskad.runtime import Runtime
from kaskad.sandbox.providers import Outcome, Record
from kaskad.services.inspect.report import Report, build_report
from kaskad.storage.queries import query

REACHED = (Outcome.ACCEPTED, Outcome.LOST)
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DemoFigures:
    """All figures that the demo prints."""

    report: Report
    providers_received: int
    duplicates: int
    sent_after_exit: int
    flow_runs: int
    seconds: float

    def document(self) -> dict[str, Any]:
        """The JSON object of `kaskad demo --json`."""
        total = self.report.total.document()
        return {
            "journeys": {name: _journey(report.document()) for name, report in self.report.journeys.items()},
            "providers_received": self.providers_received,
            "duplicates": self.duplicates,
            "sent_after_exit": self.sent_after_exit,
            "cost": total["cost"],
            "cost_sms_only": total["cost_sms_only"],
            "beyond_sms": total["beyond_sms"],
            "currency": self.report.currency,
            "flow_runs": self.flow_runs,
            "seconds": round(self.seconds, 1),
        }


def _journey(document: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("entered", "sent", "held", "left", "left_places", "goal", "fell_through", "refused", "unknown")
    return {key: document[key] for key in (*keys, "cost", "cost_sms_only", "beyond_sms")}


async def collect_figures(
    runtime: Runtime,
    received: Sequence[Record],
    answered: Mapping[UUID, datetime],
    *,
    flow_runs: int,
    seconds: float,
) -> DemoFigures:
    """The figures, counted again from the sandbox's records and the times at which events were answered."""
    return DemoFigures(
        report=await build_report(runtime),
        providers_received=sum(record.outcome in REACHED for record in received),
        duplicates=count_duplicates(received),
        sent_after_exit=await count_sent_after_exit(runtime, answered),
        flow_runs=flow_runs,
        seconds=seconds,
    )


def count_duplicates(received: Sequence[Record]) -> int:
    """How often a key came again that had been processed before."""
    keys = Counter(record.key for record in received if record.outcome in REACHED)
    again = sum(record.outcome is Outcome.DUPLICATE for record in received)
    return again + sum(count - 1 for count in keys.values())


async def count_sent_after_exit(runtime: Runtime, answered: Mapping[UUID, datetime]) -> int:
    """The number of enrollments with a `sending` committed after the event of their exit had been answered with 200.

    Exits are searched again in all stored events, independent of what the engine decided.
    """
    late = 0
    async with runtime.database.transaction() as connection:
        cursor = await connection.execute(query("last_sends"))
        rows = await cursor.fetchall()
        for version_id, group in groupby(rows, key=lambda row: row["version_id"]):
            last = {row["id"]: row["last"] for row in group}
            exits = (await runtime.catalogue.version(connection, version_id)).questions.exits
            if exits is None:
                continue
            params = {**exits.params, "ids": list(last), "ats": [FOR_EVER] * len(last)}
            cursor = await connection.execute(exits.sql, params)
            for row in await cursor.fetchall():
                answered_at = answered.get(_call_of(row["message_id"]))
                late += answered_at is not None and last[row["enrollment_id"]] > answered_at
    return late


def _call_of(message_id: str) -> UUID:
    """The call that caused the event: an event from a cart change has the id of that change."""
    return UUID(message_id.removesuffix(DERIVED_SUFFIX))
