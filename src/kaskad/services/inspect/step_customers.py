"""The customers at a step of a journey, what they wait for, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kaskad.domain.errors import NotFound
from kaskad.domain.journeys.step import CallStep, SendStep, Step, WaitForStep, WebhookStep
from kaskad.domain.journeys.version import Version
from kaskad.domain.outcome import MessageStatus
from kaskad.services.catalogue import Catalogue
from kaskad.services.describing.steps import describe_awaited, describe_step
from kaskad.services.inspect.journey_activity import InspectDeps
from kaskad.services.reason_texts import reason_text
from kaskad.services.wording import channel_label
from kaskad.storage.database import Connection
from kaskad.storage.queries import query


@dataclass(frozen=True, slots=True)
class CustomerAtStep:
    """One customer at the step, by an id that events use. `until` is when the next decision is due."""

    customer: str
    entered_at: datetime
    since: datetime | None
    waits_for: str
    until: datetime


@dataclass(frozen=True, slots=True)
class StepCustomers:
    """The customers at the step, next due first; `total` counts also those beyond the limit."""

    step: str
    total: int
    people: tuple[CustomerAtStep, ...]


async def list_step_customers(deps: InspectDeps, journey: str, step: str, *, limit: int) -> StepCustomers:
    """Returns the customers at the step. `step` is its id, or the part of it after the colon.

    Raises NotFound for an unknown journey or step.
    """
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        published = await deps.catalogue.current_of(connection, journey)
        name = published.version.journey.name
        id_ = _resolve_step(step, await _steps(connection, name, published.version), name)
        params = {"journey": name, "step": id_, "limit": limit}
        rows = await (await connection.execute(query("step_population"), params)).fetchall()
        people = [await _customer_at_step(deps.catalogue, connection, row, step=id_) for row in rows]
    return StepCustomers(id_, rows[0]["total"] if rows else 0, tuple(people))


async def _steps(connection: Connection, journey: str, current: Version) -> list[str]:
    """Returns the steps of the current version, and those of older ones at which customers still are."""
    cursor = await connection.execute(query("list_occupied_steps"), {"journey": journey})
    return list(dict.fromkeys([*current.program.nodes, *sorted(row["step"] for row in await cursor.fetchall())]))


def _resolve_step(step: str, known: list[str], journey: str) -> str:
    found = [id_ for id_ in known if step == id_] or [id_ for id_ in known if step == id_.partition(":")[2]]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFound(f"'{step}' may be {' or '.join(found)}: say which")
    raise NotFound(f"there is no step '{step}' in '{journey}' (steps: {', '.join(known)})")


async def _customer_at_step(
    catalogue: Catalogue, connection: Connection, row: Mapping[str, Any], *, step: str
) -> CustomerAtStep:
    published = await catalogue.version(connection, row["version_id"])
    node = published.version.program.nodes.get(step)
    waits_for = _waits_for(node.step, row) if node else "a step that an edit took away"
    return CustomerAtStep(row["customer"], row["entered_at"], row["step_since"], waits_for, row["due_at"])


def _waits_for(step: Step, row: Mapping[str, Any]) -> str:
    match step:
        case SendStep() | CallStep():
            return _of_message(row)
        case WaitForStep():
            return describe_awaited(step)
        case WebhookStep():
            return f"the answer of '{step.webhook}'"
    return describe_step(step).removeprefix("wait ")


def _of_message(row: Mapping[str, Any]) -> str:
    if row["held"]:
        return f"held: {reason_text(row['held'])}"
    if row["message"] is None:
        return "to be decided"
    by = channel_label(row["channel"])
    match MessageStatus(row["message"]):
        case MessageStatus.SENT:
            return f"an answer by {by}"
        case MessageStatus.UNKNOWN:
            return f"word whether it went by {by}"
        case MessageStatus.SENDING | MessageStatus.QUEUED | MessageStatus.CLAIMED:
            return f"to go by {by}"
    return "the next channel to be decided"
