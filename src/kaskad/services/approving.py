"""Versions after publishing: the second person's word, going back to an older one, and who did what and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, Protocol

from kaskad.domain.approval import same_person
from kaskad.domain.errors import NotFound, Rejected
from kaskad.services import planning
from kaskad.services.following import make_current
from kaskad.services.needs import HasCatalogue, HasDatabase
from kaskad.services.patience import patiently
from kaskad.services.plan import JourneyPlan
from kaskad.services.publish import refuse_stranded, stranded_words
from kaskad.storage import clock, following, publications, versions
from kaskad.storage.database import Connection
from kaskad.storage.publications import LIVE, Author, Did, Entry
from kaskad.storage.versions import Published

SHORT = 6  # characters of a hash that name it


class ApprovingDeps(HasDatabase, HasCatalogue, Protocol):
    """What it needs."""


@dataclass(frozen=True, slots=True)
class Line:
    """One version of a journey. `inside`: how many wait to enter it or are in it now.

    `at`, `by`, `commit` and `edited` are those of its first publication; `approved_…` tells of the second person.
    """

    number: int
    hash: str
    state: Literal["current", "proposed", "past"]
    at: datetime
    by: str
    commit: str | None
    edited: bool | None
    inside: int
    needs: tuple[str, ...]
    approved_by: str | None
    approved_at: datetime | None


@dataclass(frozen=True, slots=True)
class MadeCurrent:
    """The version that lets people in from now on, and what became of those inside."""

    published: Published
    plan: JourneyPlan


async def history(deps: ApprovingDeps, journey: str) -> list[Line]:
    """Every version of the journey, the newest first. Raises NotFound."""
    async with deps.database.transaction() as connection:
        name = await _known(deps, connection, journey)
        entries = await publications.log(connection, name)
        people: dict[int, int] = {}
        for one in await following.standing(connection, [name]):
            people[one.version_id] = people.get(one.version_id, 0) + one.people
        current = (await versions.current_versions(connection)).get(name, (0, False))[0]
        stored = await publications.all_of(connection, name)
    waiting = publications.proposal(entries)
    proposed = waiting.version_id if waiting else 0
    return [_line(one, entries, people.get(one.id, 0), current, proposed) for one in stored]


async def approve(deps: ApprovingDeps, journey: str, hash_: str | None, author: Author) -> MadeCurrent:
    """Makes the proposed version live: the one with that content, where `hash_` names it.

    Raises NotFound where nothing is proposed, Rejected where another content is, or where the same person asks;
    InvalidFiles where people stand at steps that are gone.
    """
    return await patiently(deps.database, partial(_approve, deps, journey, hash_, author))


async def _approve(
    deps: ApprovingDeps, journey: str, hash_: str | None, author: Author, connection: Connection
) -> MadeCurrent:
    await versions.lock_for_publishing(connection)
    name = await _known(deps, connection, journey)
    waiting = publications.proposal(await publications.log(connection, name))
    if waiting is None:
        raise NotFound(f"nothing of '{name}' waits for approval")
    published = await versions.load_version(connection, waiting.version_id)
    own = published.version.hash
    if hash_ is not None and (len(hash_) < SHORT or not own.startswith(hash_.lower())):
        raise Rejected(f"what waits for approval in '{name}' is version {own}, not {hash_}: look at it again")
    if not author.by.strip() or same_person(author.by, waiting.by):
        raise Rejected(f"'{waiting.by}' proposed it, and it takes another person: --by says who approves")
    return await _live(deps, connection, published, Did.APPROVED, author, None)


async def roll_back(
    deps: ApprovingDeps, journey: str, number: int | None, moved: Mapping[str, str], author: Author
) -> MadeCurrent:
    """Makes an older version the current one again: version `number`, else the one that was live before this one.

    Those inside finish as they began, or go over, as that version's `edits` says. What took the place of its steps
    leads back to them; `moved` says the rest. Raises NotFound, Rejected where there is nothing to go back to, or
    somebody stands where neither leads on.
    """
    return await patiently(deps.database, partial(_roll_back, deps, journey, number, moved, author))


async def _roll_back(
    deps: ApprovingDeps,
    journey: str,
    number: int | None,
    moved: Mapping[str, str],
    author: Author,
    connection: Connection,
) -> MadeCurrent:
    await versions.lock_for_publishing(connection)
    name = await _known(deps, connection, journey)
    live = [entry.version_id for entry in await publications.log(connection, name) if entry.did in LIVE]
    stored = {one.id: one for one in await publications.all_of(connection, name)}
    current = (await versions.current_versions(connection)).get(name)
    if current is None:
        raise Rejected(f"'{name}' has no file any more, or was never live: publish it first")
    target = _target(name, number, live, stored, current[0])
    now = await versions.load_version(connection, current[0])
    back = {new: old for old, new in now.version.journey.moved.items()}
    return await _live(
        deps, connection, target, Did.ROLLED_BACK, author, {**back, **target.version.journey.moved, **moved}
    )


def _target(
    name: str, number: int | None, live: Sequence[int], stored: Mapping[int, Published], current: int
) -> Published:
    """The version to go back to. Only what has been live may be live again: nobody's approval is gone round."""
    if number is None:
        before = [id_ for id_ in live if id_ != current]
        if not before:
            raise Rejected(f"'{name}' has had no other version")
        return stored[before[-1]]
    found = next((one for one in stored.values() if one.number == number), None)
    if found is None:
        raise NotFound(f"'{name}' has no version {number}: `kaskad versions {name}` lists them")
    if found.id == current:
        raise Rejected(f"version {number} of '{name}' is the current one already")
    if found.id not in live:
        raise Rejected(f"version {number} of '{name}' has never been live: `kaskad approve` is for what is proposed")
    return found


async def _live(
    deps: ApprovingDeps,
    connection: Connection,
    published: Published,
    did: Did,
    author: Author,
    moved: Mapping[str, str] | None,
) -> MadeCurrent:
    project = deps.catalogue.project
    (plan,) = await planning.draw_up_some(connection, project, [published.version], moved=moved)
    if did is Did.ROLLED_BACK:
        _refuse_stranded(plan)
    else:
        refuse_stranded([plan])
    now = await clock.read(connection)
    await make_current(connection, plan, published, now)
    await publications.note(connection, plan.name, published.id, did, author, now)
    return MadeCurrent(published, plan)


def _refuse_stranded(plan: JourneyPlan) -> None:
    """Going back touches no files, so it is the command that has to say more."""
    words = [f"{stranded_words(one)}: --moved {one.step}={one.to} leads to {one.to_words}" for one in plan.stranded]
    if words:
        raise Rejected("; ".join(words))


async def _known(deps: ApprovingDeps, connection: Connection, journey: str) -> str:
    """The name as its file has it, live or only proposed. Raises NotFound."""
    await deps.catalogue.refresh(connection)
    name = journey.replace("-", "_")
    if not await publications.all_of(connection, name):
        await deps.catalogue.current_of(connection, journey)  # says which journeys there are
    return name


def _line(one: Published, entries: Sequence[Entry], inside: int, current: int, proposed: int) -> Line:
    own = [entry for entry in entries if entry.version_id == one.id]
    first = own[0]
    approval = next((entry for entry in own if entry.did is Did.APPROVED), None)
    return Line(
        number=one.number,
        hash=one.version.hash,
        state="current" if one.id == current else "proposed" if one.id == proposed else "past",
        at=first.at,
        by=first.by,
        commit=first.commit,
        edited=first.edited,
        inside=inside,
        needs=first.needs,
        approved_by=approval.by if approval else None,
        approved_at=approval.at if approval else None,
    )
