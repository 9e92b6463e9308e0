"""Who somebody is: the ids of a customer, and what was not believed when two were named as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from kaskad.services.identities.conflicts import explain
from kaskad.services.naming import find_person
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage.ingestion import identities


class IdentitiesDeps(HasDatabase, HasCatalogue, Protocol):
    """What showing identities needs."""


@dataclass(frozen=True, slots=True)
class KnownIdentity:
    """An identity of a customer; `claimed`: only a public source says so. Older versions kept no source."""

    kind: str
    value: str
    source: str | None
    since: datetime | None
    claimed: bool


@dataclass(frozen=True, slots=True)
class ShownConflict:
    """An event named two identities. `by_user` and `of_user` are the user ids of whoever has each of them now."""

    at: datetime
    reason: str
    why: str
    by: str
    by_user: str | None
    named: str
    of_user: str | None
    known: bool  # whether somebody has the identity that was named
    joined: bool  # the two are one person by now
    source: str
    message_id: str


@dataclass(frozen=True, slots=True)
class ShownIdentities:
    """The identities of one customer, strongest first, if one was asked for; and conflicts, the newest first."""

    customer: str | None
    identities: Sequence[KnownIdentity]
    conflicts: Sequence[ShownConflict]

    def document(self) -> dict[str, Any]:
        """Returns everything as JSON values."""
        return asdict(self)


async def load_identities(deps: IdentitiesDeps, customer: str | None, *, limit: int) -> ShownIdentities:
    """Returns the customer's identities and conflicts, else everybody's conflicts. Raises NotFound, SeveralPeople."""
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        found = None
        if customer is not None:
            found = (await find_person(connection, customer, deps.catalogue.project, any_kind=True)).customer
        rows = [] if found is None else await identities.list_identities(connection, found)
        conflicts = await identities.list_conflicts(connection, found, limit=limit)
    project = deps.catalogue.project
    held = {(row["kind"], row["value"]): row for row in rows}
    ordered = [held[identity] for identity in project.identities.ordered(held)]
    known = [KnownIdentity(**row, claimed=project.is_claim(row["kind"], row["source"])) for row in ordered]
    return ShownIdentities(customer, known, [_shown(row) for row in conflicts])


def _shown(row: dict[str, Any]) -> ShownConflict:
    return ShownConflict(
        at=row["at"],
        reason=row["reason"],
        why=explain(row["reason"]),
        by=f"{row['by_kind']}:{row['by_value']}",
        by_user=row["by_user"],
        named=f"{row['kind']}:{row['value']}",
        of_user=row["of_user"],
        known=row["known"],
        joined=row["joined"],
        source=row["source"],
        message_id=row["message_id"],
    )
