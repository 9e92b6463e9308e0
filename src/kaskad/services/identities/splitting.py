"""Undoes a wrong merge: two people who were taken for one are two again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from kaskad.domain.errors import Rejected
from kaskad.domain.journeys.project import Project
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.identities.merging import refresh
from kaskad.services.naming import find_person
from kaskad.services.ports import HasCatalogue, HasDatabase
from kaskad.storage import clock, enrollments, notifications
from kaskad.storage.database import Connection
from kaskad.storage.enrollments import MergeRace
from kaskad.storage.people import attributes, personal_data, splits
from kaskad.storage.people.splits import StoredMerge
from kaskad.storage.reading.people import FoundPerson


class SplitDeps(HasDatabase, HasCatalogue, Protocol):
    """What splitting needs."""


@dataclass(frozen=True, slots=True)
class Split:
    """What a split gave back: the identities of the one, and those that the other keeps; each as `kind:value`."""

    parted: tuple[str, ...]
    kept: tuple[str, ...]


async def split(deps: SplitDeps, named: str, *, by: str) -> Split:
    """Undoes the merge that brought this identity to its person; or the only one of a person who had it before.

    What was sent meanwhile counts for both. Raises NotFound, SeveralPeople, and Rejected for no merge, or for several
    to choose from.
    """
    return await run_in_transaction(deps.database, partial(_split, deps=deps, named=named, by=by))


async def _split(connection: Connection, *, deps: SplitDeps, named: str, by: str) -> Split:
    await deps.catalogue.refresh(connection)
    owner, merges, merge = await _find(connection, named, deps.catalogue.project)
    await enrollments.lock_split(connection, owner.customer, merge.merged)
    if await _find(connection, named, deps.catalogue.project) != (owner, merges, merge):  # a merge or a split meanwhile
        raise MergeRace
    now = await clock.read_now(connection)
    project = deps.catalogue.project
    public = [name for name, source in project.sources.items() if source.public]
    await splits.split(connection, merge, _after(merge, merges), now=now, by=by, public=public)
    await attributes.part(connection, [owner.customer, merge.merged])
    await refresh(connection, [owner.customer, merge.merged], currency=project.shop.currency)
    await notifications.notify_due(connection)
    parted, kept = [
        tuple(f"{identity.kind}:{identity.value}" for identity in await personal_data.list_identities(connection, who))
        for who in (merge.merged, owner.customer)
    ]
    return Split(parted, kept)


async def _find(
    connection: Connection, named: str, project: Project
) -> tuple[FoundPerson, list[StoredMerge], StoredMerge]:
    owner = await find_person(connection, named, project, any_kind=True)
    merges = await splits.find_merges(connection, owner.customer)
    return owner, merges, _choose(merges, owner, named)


def _choose(merges: Sequence[StoredMerge], owner: FoundPerson, named: str) -> StoredMerge:
    """Returns the innermost merge that brought the identity: no more parts than it says; else the only one there is."""
    if not merges:
        raise Rejected(f"nobody was merged into '{named}': there is nothing to split")
    known = [merge for merge in merges if merge.state is not None]
    if not known:
        raise Rejected(f"what was merged into '{named}' is not known any more: decisions are kept no longer")
    brought = [merge for merge in known if owner.matched and (owner.kind, owner.value) in _identities(merge)]
    if brought:
        return min(brought, key=lambda merge: merge.id)
    if len(known) > 1:
        ways = " or ".join(f"'{kind}:{value}'" for merge in known for kind, value in _identities(merge)[:1])
        raise Rejected(f"several were merged into '{named}': write which one parts, {ways}")
    return known[0]


def _after(merge: StoredMerge, merges: Sequence[StoredMerge]) -> list[StoredMerge]:
    """Returns the later merges of the person whose part the merged one became, the earliest first."""
    found, person = list[StoredMerge](), merge.standing
    for later in sorted(merges, key=lambda one: one.id):
        if later.id > merge.id and person in (later.standing, later.merged):
            found.append(later)
            person = later.standing
    return found


def _identities(merge: StoredMerge) -> list[tuple[str, str]]:
    return [(identity["kind"], identity["value"]) for identity in merge.identities]
