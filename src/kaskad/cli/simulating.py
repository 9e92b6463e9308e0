"""`kaskad simulate`: a journey, or two versions of it side by side, over what really happened."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from kaskad.cli import output
from kaskad.cli.options import in_utc
from kaskad.cli.session import project_folder, with_database
from kaskad.cli.simulation_page import page as draw
from kaskad.config.rates import read_rates
from kaskad.domain.errors import NotFound, Rejected
from kaskad.services import workshop
from kaskad.services.rehearsal import found, scratch
from kaskad.services.rehearsal.answers import USUAL, Answers
from kaskad.services.rehearsal.history import AFTERWARDS, Remembered, remember
from kaskad.services.rehearsal.outcome import Outcome, outcome
from kaskad.services.rehearsal.perform import Played, perform
from kaskad.services.rehearsal.rounds import Progress
from kaskad.services.rehearsal.script import Script, read_events
from kaskad.services.rehearsal.stage import stage
from kaskad.settings import Settings, load
from kaskad.storage.database import Database


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be simulated, and over what."""

    journey: str
    events: Path | None
    since: datetime | None
    until: datetime | None
    rates: Path | None
    compare: Path | None
    beside: tuple[str, ...]
    seed: int

    @property
    def names(self) -> tuple[str, ...]:
        """The journeys that run."""
        return tuple(name.replace("-", "_") for name in (self.journey, *self.beside))


def simulate(project: Path | None, asked: Asked, page: Path | None, as_json: bool) -> None:
    """Prints the outcome. Raises InvalidFiles, NotFound, Rejected."""
    root = project_folder(project)
    settings = load(root)
    rates = read_rates(_existing(asked.rates)) if asked.rates else {}
    versions = [_played(root, settings, asked)]
    if asked.compare:
        with _other(root, asked) as folder:
            versions.append(_played(folder, settings, asked))
    remembered = _remembered(settings, asked, versions[0])
    outcomes = []
    with scratch.server(settings.home) as server, _bar(remembered, len(versions)) as bars:
        for played, progress in zip(versions, bars, strict=True):
            with scratch.database(server) as url:
                answers = Answers({**USUAL, **rates}, asked.seed, recorded={} if asked.rates else remembered.told)
                outcomes.append(uvloop.run(_simulate(url, played, remembered, answers, asked.names[0], progress)))
    if page:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(draw(outcomes), encoding="utf-8")
    if as_json:
        output.as_json(_document(outcomes))
    else:
        output.table(("", "as it is", "compared")[: 1 + len(outcomes)], _rows(outcomes))


async def _simulate(
    url: str, played: Played, told: Remembered, answers: Answers, journey: str, progress: Progress
) -> Outcome:
    async with stage(url, answers) as scene:
        await perform(scene, played, told.script, people=told.people, progress=progress)
        messages = await found.messages(scene.database)
        decisions = await found.decisions(scene.database)
        return outcome(journey, played.project, messages, decisions, await found.passages(scene.database))


def _played(root: Path, settings: Settings, asked: Asked) -> Played:
    draft = workshop.read(root, settings.home / "templates")
    if missing := [name for name in asked.names if name not in draft.project.journeys]:
        raise NotFound(f"there is no journey '{missing[0]}' in {root / 'configs' / 'journeys'}")
    journeys = {name: draft.project.journeys[name] for name in asked.names}
    return Played(draft.project.model_copy(update={"journeys": journeys}), draft.compiled)


@contextmanager
def _other(root: Path, asked: Asked) -> Iterator[Path]:
    """The folder of the other version: a project, or this one with the journey's file exchanged."""
    assert asked.compare is not None
    if asked.compare.is_dir():
        yield asked.compare
        return
    if not asked.compare.is_file():
        raise NotFound(f"there is no {asked.compare}: --compare takes a journey's file, or the folder of a project")
    with tempfile.TemporaryDirectory(prefix="kaskad-") as folder:
        for part in ("configs", "templates"):
            shutil.copytree(root / part, Path(folder) / part)
        shutil.copy(asked.compare, Path(folder) / "configs" / "journeys" / f"{asked.names[0]}.yaml")
        yield Path(folder)


def _remembered(settings: Settings, asked: Asked, played: Played) -> Remembered:
    if bool(asked.events) == bool(asked.since or asked.until):
        raise Rejected("say what to play: --events FILE, or --from and --to of the ledger")
    if asked.events:
        happened = read_events(_existing(asked.events), played.project)
        if not happened:
            raise Rejected(f"{asked.events} holds no events")
        times = [one.event.occurred_at for one in happened]
        return Remembered(Script(min(times), max(times) + AFTERWARDS, happened, open_ended=True), {}, {})
    since, until = in_utc(asked.since), in_utc(asked.until) or datetime.now(UTC)
    with with_database(settings) as found_settings:
        assert found_settings.database_url
        return asyncio.run(_read(found_settings.database_url, since or until - timedelta(days=30), until))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise NotFound(f"there is no file {path}")
    return path


async def _read(url: str, since: datetime, until: datetime) -> Remembered:
    database = Database(url)
    try:
        return await remember(database, since, until)
    finally:
        await database.close()


@contextmanager
def _bar(told: Remembered, count: int) -> Iterator[list[Progress]]:
    """A progress bar on stderr for each version that is played."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = [bars.add_task(("simulating", "comparing")[n], total=len(told.script.happened)) for n in range(count)]

        def progress(task: int) -> Progress:
            return lambda done: bars.update(tasks[task], completed=done)

        yield [progress(task) for task in range(count)]


def _document(outcomes: Sequence[Outcome]) -> dict[str, object]:
    first, *others = (one.document() for one in outcomes)
    return first | ({"compared": others[0]} if others else {})


def _rows(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, ...]]:
    """What each of them came to; what is the same in name stands in one row."""
    yield ("entered", *(f"{one.entered:,} by {one.people:,} people" for one in outcomes))
    yield from _counted("not let in", [one.refused for one in outcomes])
    sent = [{f"{message} by {channel}": n for (message, channel), n in one.sent.items()} for one in outcomes]
    yield ("messages", *(f"{one.messages:,}" for one in outcomes))
    yield from _counted("", sent)
    yield ("refused by providers", *(f"{sum(one.failed.values()):,}" for one in outcomes))
    yield from _counted("held back", [one.held for one in outcomes])
    yield from _counted("left by", [one.left for one in outcomes])
    yield ("done", *(f"{one.done:,}" for one in outcomes))
    yield ("still inside", *(f"{one.inside:,}" for one in outcomes))
    yield ("cost", *(f"{one.cost:,.2f} {one.currency}" for one in outcomes))
    yield ("busiest hour", *(_busiest(one) for one in outcomes))
    yield from _counted("over its rate", [one.over for one in outcomes])


def _counted(label: str, counts: Sequence[Mapping[str, int]]) -> Iterator[tuple[str, ...]]:
    for name in sorted(dict.fromkeys(name for one in counts for name in one), key=lambda name: -counts[0].get(name, 0)):
        yield (f"{label}: {name}" if label else f"  {name}", *(f"{one.get(name, 0):,}" for one in counts))


def _busiest(one: Outcome) -> str:
    hours: dict[datetime, int] = {}
    for (at, _), count in one.hours.items():
        hours[at] = hours.get(at, 0) + count
    if not hours:
        return "none"
    at = max(hours, key=lambda hour: hours[hour])
    return f"{hours[at]:,} messages, {at:%Y-%m-%d %H:%M}"
