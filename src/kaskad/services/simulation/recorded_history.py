"""A script from the live event store: only read, with the customers' own ids, so that the same are held out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kaskad.domain.channel import ReceiptKind
from kaskad.domain.events import IDENTIFY
from kaskad.services.ingestion.segment_events import IncomingEvent
from kaskad.services.simulation.recording_providers import SimulatedReceipt
from kaskad.services.simulation.runtime import SimulationRuntime
from kaskad.services.simulation.script import Script, ScriptEvent
from kaskad.storage.database import Database, forbid_writes
from kaskad.storage.queries import query

LOOK_BACK = timedelta(days=90)  # of earlier events; profiles are known from the beginning
AFTERWARDS = timedelta(days=7)  # time for live enrollments to end
RECEIPT_COLUMNS = (
    ("delivered_at", ReceiptKind.DELIVERED),
    ("opened_at", ReceiptKind.OPENED),
    ("clicked_at", ReceiptKind.CLICKED),
)
Identities = Mapping[int, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class RecordedHistory:
    """The recorded history: the script, the customers, and the receipts of sent messages."""

    script: Script
    people: Identities
    told: Mapping[tuple[str, str, str], tuple[SimulatedReceipt, ...]]


async def load_history(database: Database, since: datetime, until: datetime) -> RecordedHistory:
    """Returns the events from `since` to before `until`, and what was known at the beginning."""
    async with database.transaction() as connection:
        await forbid_writes(connection)
        cursor = await connection.execute(query("history_identities"))
        people: dict[int, tuple[tuple[str, str], ...]] = defaultdict(tuple)
        for row in await cursor.fetchall():
            people[row["customer_id"]] += ((row["kind"], row["value"]),)
        span = {"since": since, "until": until, "back": since - LOOK_BACK}
        scenario = {"since": since, "until": until + AFTERWARDS}
        rows = await (await connection.execute(query("history_attributes"), {"since": since})).fetchall()
        rows += await (await connection.execute(query("history_events"), span)).fetchall()
        sent = await (await connection.execute(query("history_messages"), scenario)).fetchall()
    happened = [_script_event(row, people) for row in rows if row["customer_id"] == 0 or row["customer_id"] in people]
    script = Script(
        since,
        until + AFTERWARDS,
        [script_event for script_event in happened if script_event.event.occurred_at >= since],
        before=[script_event for script_event in happened if script_event.event.occurred_at < since],
        open_ended=True,
    )
    return RecordedHistory(
        script, people, {(row["address"], row["channel"], row["message"]): _recorded_receipts(row) for row in sent}
    )


async def copy_customers(runtime: SimulationRuntime, people: Identities, now: datetime) -> None:
    """Creates the same customers, with the same ids, in the simulation."""
    async with runtime.database.transaction() as connection:
        await connection.execute(query("copy_customers"), {"ids": list(people), "now": now})
        await connection.execute(query("skip_copied_ids"))
        rows = [(kind, value, id_) for id_, identities in people.items() for kind, value in identities]
        await connection.execute(
            query("copy_identities"),
            {"kinds": [r[0] for r in rows], "values": [r[1] for r in rows], "customers": [r[2] for r in rows]},
        )


def _script_event(row: Mapping[str, Any], people: Identities) -> ScriptEvent:
    said = dict(row["properties"])
    traits = said.pop("traits", {}) if row["name"] == IDENTIFY else {}
    identities = people.get(row["customer_id"], (("user_id", "nobody"),))
    return ScriptEvent(
        row["source"],
        IncomingEvent(
            message_id=row["message_id"],
            name=row["name"],
            identities=identities[:1],
            occurred_at=row["occurred_at"],
            properties=said,
            traits=traits,
            spoiled=tuple(row["spoiled"] or ()),
        ),
    )


def _recorded_receipts(row: Mapping[str, Any]) -> tuple[SimulatedReceipt, ...]:
    return tuple(
        SimulatedReceipt(kind, max(row[column] - row["sent_at"], timedelta(seconds=1)))
        for column, kind in RECEIPT_COLUMNS
        if row[column]
    )
