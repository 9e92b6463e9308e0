"""Versions after publishing: approval by a second person, and rollback to an older version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from kaskad.domain.errors import NotFound, Rejected
from kaskad.domain.journeys.approval import is_same_person
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.publishing.activation import activate_version
from kaskad.services.publishing.plan import JourneyPlan, build_journey_plans
from kaskad.services.publishing.publish import describe_stranded, refuse_stranded
from kaskad.services.publishing.version_history import VersionDeps, resolve_name
from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.publishing import publications, versions
from kaskad.storage.publishing.publications import LIVE_ACTIONS, Author, PublicationAction
from kaskad.storage.publishing.versions import PublishedVersion

MIN_HASH_LENGTH = 6  # characters of a hash that identify it


@dataclass(frozen=True, slots=True)
class ActivationResult:
    """The version for new entries, and what happened to live enrollments."""

    published: PublishedVersion
    plan: JourneyPlan


async def approve(deps: VersionDeps, journey: str, hash_: str | None, *, author: Author) -> ActivationResult:
    """Activates the proposed version: the one with that content, if `hash_` names it.

    Raises NotFound if nothing is proposed, Rejected if another content is, or if the same person approves;
    InvalidFiles if customers are at steps that were removed.
    """
    approved = partial(_approve, deps=deps, journey=journey, hash_=hash_, author=author)
    return await run_in_transaction(deps.database, approved)


async def _approve(
    connection: Connection, *, deps: VersionDeps, journey: str, hash_: str | None, author: Author
) -> ActivationResult:
    await versions.lock_for_publishing(connection)
    name = await resolve_name(deps, connection, journey)
    waiting = publications.find_proposal(await publications.load_log(connection, name))
    if waiting is None:
        raise NotFound(f"nothing of '{name}' waits for approval")
    published = await versions.load_version(connection, waiting.version_id)
    own = published.version.hash
    if hash_ is not None and (len(hash_) < MIN_HASH_LENGTH or not own.startswith(hash_.lower())):
        raise Rejected(f"what waits for approval in '{name}' is version {own}, not {hash_}: look at it again")
    if not author.by.strip() or is_same_person(author.by, waiting.by):
        raise Rejected(f"'{waiting.by}' proposed it, and it takes another person: --by says who approves")
    return await _activate(deps, connection, published, did=PublicationAction.APPROVED, author=author, moved=None)


async def roll_back(
    deps: VersionDeps, journey: str, number: int | None, *, moved: Mapping[str, str], author: Author
) -> ActivationResult:
    """Makes an older version the current one again: version `number`, else the one that was live before this one.

    Live enrollments finish with their version, or move, as that version's `edits` says. Steps that replaced its steps
    lead back to them; `moved` maps the rest. Raises NotFound, Rejected if there is nothing to go back to, or if
    customers are at a step that neither maps.
    """
    rolled_back = partial(_roll_back, deps=deps, journey=journey, number=number, moved=moved, author=author)
    return await run_in_transaction(deps.database, rolled_back)


async def _roll_back(
    connection: Connection,
    *,
    deps: VersionDeps,
    journey: str,
    number: int | None,
    moved: Mapping[str, str],
    author: Author,
) -> ActivationResult:
    await versions.lock_for_publishing(connection)
    name = await resolve_name(deps, connection, journey)
    live = [entry.version_id for entry in await publications.load_log(connection, name) if entry.did in LIVE_ACTIONS]
    stored = {version.id: version for version in await publications.load_all_versions(connection, name)}
    current = (await versions.list_current_versions(connection)).get(name)
    if current is None:
        raise Rejected(f"'{name}' has no file any more, or was never live: publish it first")
    target = _target(name, number, live, stored=stored, current=current[0])
    now = await versions.load_version(connection, current[0])
    back = {new: old for old, new in now.version.journey.moved.items()}
    return await _activate(
        deps,
        connection,
        target,
        did=PublicationAction.ROLLED_BACK,
        author=author,
        moved={**back, **target.version.journey.moved, **moved},
    )


def _target(
    name: str, number: int | None, live: Sequence[int], *, stored: Mapping[int, PublishedVersion], current: int
) -> PublishedVersion:
    """Returns the version to roll back to. Only a version that was live: a rollback must not bypass the approval."""
    if number is None:
        before = [id_ for id_ in live if id_ != current]
        if not before:
            raise Rejected(f"'{name}' has had no other version")
        return stored[before[-1]]
    found = next((version for version in stored.values() if version.number == number), None)
    if found is None:
        raise NotFound(f"'{name}' has no version {number}: `kaskad versions {name}` lists them")
    if found.id == current:
        raise Rejected(f"version {number} of '{name}' is the current one already")
    if found.id not in live:
        raise Rejected(f"version {number} of '{name}' has never been live: `kaskad approve` is for what is proposed")
    return found


async def _activate(
    deps: VersionDeps,
    connection: Connection,
    published: PublishedVersion,
    *,
    did: PublicationAction,
    author: Author,
    moved: Mapping[str, str] | None,
) -> ActivationResult:
    project = deps.catalogue.project
    (plan,) = await build_journey_plans(connection, project, [published.version], moved=moved)
    if did is PublicationAction.ROLLED_BACK:
        _refuse_stranded(plan)
    else:
        refuse_stranded([plan])
    now = await clock.read_now(connection)
    await activate_version(connection, plan, published, now=now)
    await publications.record_publication(connection, plan.name, published.id, did=did, author=author, at=now)
    return ActivationResult(published, plan)


def _refuse_stranded(plan: JourneyPlan) -> None:
    """Raises if customers have no target step: a rollback changes no files, so the command has to map them."""
    words = [
        f"{describe_stranded(migration)}: --moved {migration.step}={migration.to} leads to {migration.to_words}"
        for migration in plan.stranded
    ]
    if words:
        raise Rejected("; ".join(words))
