"""The plan: what publishing will do, for people and for machines.

It is computed before it is done: for `kaskad publish --plan`, and for publishing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from kaskad.domain.journeys.approval import approval_reasons, version_channels, version_purposes
from kaskad.domain.journeys.diff import END_STEP, JourneyDiff, diff_versions, has_same_entry_trigger
from kaskad.domain.journeys.journey import Purpose
from kaskad.domain.journeys.policy import ApprovalPolicy
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.version import Version
from kaskad.services.publishing.change_texts import describe_changes, describe_named_step
from kaskad.services.publishing.stopped_messages import StoppedMessages
from kaskad.storage.database import Connection
from kaskad.storage.publishing import publications, version_migration, versions
from kaskad.storage.publishing.publications import PublicationEntry
from kaskad.storage.publishing.version_migration import StepPopulation
from kaskad.storage.publishing.versions import PublishedVersion

PlanState = Literal["new", "changed", "back", "proposed", "unchanged"]


@dataclass(frozen=True, slots=True)
class StepMigration:
    """A number of customers at one step, and where they go. `step` None: they wait to enter, or are at the end already.

    `to` is a step's id or `end`; None if they stay. `stranded`: the step was removed and nothing says where they go;
    then `to` is the best target.
    """

    version: int
    step: str | None
    words: str
    people: int
    to: str | None = None
    to_words: str = ""
    stranded: bool = False


@dataclass(frozen=True, slots=True)
class JourneyPlan:
    """What happens to one journey. `number` is that of the current version, None if there is none.

    `follow`: the older versions whose enrollments move; all others finish with their version.
    `needs`: why a second person has to approve it first. `moved`: removed step → step in its place, or `end`.
    """

    name: str
    state: PlanState
    version: Version
    number: int | None = None
    changes: tuple[str, ...] = ()
    inside: int = 0
    stood: tuple[StepMigration, ...] = ()
    follow: tuple[PublishedVersion, ...] = ()
    needs: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    stopped: StoppedMessages | None = None  # by another `never_about` than before; None if it is the same, or not asked

    @property
    def stranded(self) -> tuple[StepMigration, ...]:
        """Returns the customers without a target step: while there are any, nothing can be published."""
        return tuple(migration for migration in self.stood if migration.stranded)

    @property
    def to_do(self) -> bool:
        """Returns whether publishing would change anything."""
        return self.state in ("new", "changed", "back") or (self.state == "unchanged" and bool(self.follow))


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to the whole project.

    `ended`: journeys whose file was removed. `shop`: other changes in the files, by their name in the project; they
    count for all customers at once.
    """

    journeys: tuple[JourneyPlan, ...]
    ended: tuple[str, ...] = ()
    shop: tuple[str, ...] = ()

    @property
    def to_do(self) -> bool:
        """Returns whether publishing would change anything."""
        return bool(self.ended or self.shop) or any(journey.to_do for journey in self.journeys)


@dataclass(frozen=True, slots=True)
class _StoredState:
    """What is stored of the journeys, and how many customers are in them."""

    current: Mapping[str, tuple[int, bool]]
    ended: frozenset[str]
    log: Sequence[PublicationEntry]
    standing: Sequence[StepPopulation]
    # of the current files and of the new ones: a looser one counts from then on
    approvals: tuple[ApprovalPolicy, ...]


async def build_plan(connection: Connection, project: Project, wanted: Iterable[Version]) -> Plan:
    """Returns what publishing these files would do, based on this transaction's data."""
    stored = await versions.load_project(connection)
    plans = await build_journey_plans(connection, project, wanted, stored=stored)
    names = {plan.name for plan in plans}
    current = await versions.list_current_versions(connection)
    differ = [
        name
        for name in type(project).model_fields
        if name != "journeys" and getattr(stored, name) != getattr(project, name)
    ]
    return Plan(tuple(plans), tuple(sorted(current.keys() - names)), tuple(differ))


async def build_journey_plans(
    connection: Connection,
    project: Project,
    wanted: Iterable[Version],
    *,
    stored: Project | None = None,
    moved: Mapping[str, str] | None = None,
) -> list[JourneyPlan]:
    """Returns the plans of these journeys alone. `moved` replaces what the versions say themselves."""
    asked = list(wanted)
    names = [version.journey.name for version in asked]
    policies = [project.policy, *([stored.policy] if stored else [])]
    known = _StoredState(
        await versions.list_current_versions(connection),
        await versions.list_ended(connection),
        await publications.load_log(connection),
        await version_migration.count_step_populations(connection, names),
        tuple(dict.fromkeys(policy.approval for policy in policies if policy.approval)),
    )
    return [await _plan(connection, version, known, moved=moved) for version in asked]


async def _plan(
    connection: Connection, version: Version, known: _StoredState, *, moved: Mapping[str, str] | None
) -> JourneyPlan:
    name, steps = version.journey.name, version.program.nodes
    entries = [entry for entry in known.log if entry.journey == name]
    there = [population for population in known.standing if population.journey == name]
    own, _ = await versions.find_version(connection, version)
    current = known.current.get(name)
    now = await versions.load_version(connection, current[0]) if current else None
    state = _state(name, own, now, known=known, entries=entries)
    older = {
        id_: await versions.load_version(connection, id_)
        for id_ in sorted({population.version_id for population in there} - {own})
    }
    moves = {old: new for old, new in (version.journey.moved if moved is None else moved).items() if old not in steps}
    follow = tuple(old for old in older.values() if _follows(old.version, version))
    edits = {old.id: diff_versions(old.version, version) for old in older.values()}
    was_live = own in publications.collect_live_ids(entries)
    needs = () if was_live else await _approval_needs(connection, version, known, entries=entries)
    return JourneyPlan(
        name,
        state,
        version,
        number=now.number if now else None,
        changes=describe_changes(diff_versions(now.version, version), now.version.journey, version.journey)
        if now and state in ("changed", "proposed")
        else (),
        inside=sum(population.people for population in there),
        stood=tuple(
            _step_migrations(
                population,
                older[population.version_id],
                version,
                moved=moves,
                edit=edits[population.version_id],
                follow=follow,
            )
            for population in there
            if population.version_id in older
        ),
        follow=follow,
        needs=needs,
        moved=moves,
    )


def _state(
    name: str,
    own: int | None,
    now: PublishedVersion | None,
    *,
    known: _StoredState,
    entries: Sequence[PublicationEntry],
) -> PlanState:
    if now is not None and now.id == own:
        return "unchanged"
    waiting = publications.find_proposal(entries)
    if waiting is not None and waiting.version_id == own:
        return "proposed"
    return "changed" if now is not None else "back" if name in known.ended else "new"


def _follows(old: Version, new: Version) -> bool:
    return new.journey.edits == "follow" and has_same_entry_trigger(old.journey, new.journey)


def _step_migrations(
    population: StepPopulation,
    old: PublishedVersion,
    new: Version,
    *,
    moved: Mapping[str, str],
    edit: JourneyDiff,
    follow: Sequence[PublishedVersion],
) -> StepMigration:
    before, after = old.version.program.nodes, new.program.nodes
    if population.step is None:
        return StepMigration(
            old.number, None, "at the end" if population.inside else "waiting to enter", population.people
        )
    words = describe_named_step(before[population.step].step) if population.step in before else population.step
    if old not in follow or population.step in after:
        return StepMigration(old.number, population.step, words, population.people)
    to = moved.get(population.step)
    best = to or _best_target(population.step, old.version, new, edit=edit)
    to_words = "the end" if best == END_STEP else describe_named_step(after[best].step)
    return StepMigration(old.number, population.step, words, population.people, best, to_words, stranded=to is None)


def _best_target(step: str, old: Version, new: Version, *, edit: JourneyDiff) -> str:
    """Returns the best target for customers at a removed step: its replacement, else the step that came after it."""
    if step in edit.replaced:
        return edit.replaced[step]
    following_step: str | None = step
    while following_step is not None and following_step not in new.program.nodes:
        following_step = old.program.nodes[following_step].next
    return following_step or END_STEP


async def _approval_needs(
    connection: Connection, version: Version, known: _StoredState, *, entries: Sequence[PublicationEntry]
) -> tuple[str, ...]:
    """Returns why this version needs a second person's approval: a version that was live once needs none."""
    cases: dict[str, None] = {}
    for approval in known.approvals:
        counted = approval.audience_over is not None
        consent = version_purposes(version) == {Purpose.MARKETING}
        people = (
            await publications.count_audience(connection, version_channels(version), consent=consent) if counted else 0
        )
        first = not publications.collect_live_ids(entries)
        cases |= dict.fromkeys(approval_reasons(approval, version, first=first, audience=people))
    return tuple(cases)
