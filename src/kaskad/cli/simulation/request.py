"""The request of `kaskad simulate`: the versions to simulate, and the events to simulate them with."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from kaskad.cli.options import check_span, to_utc
from kaskad.cli.session import open_database
from kaskad.config.test_files.response_rates import ResponseRates, read_response_rates
from kaskad.config.yaml.problem_text import unknown_name
from kaskad.domain.channel import Channel
from kaskad.domain.errors import NotFound, Rejected
from kaskad.services.projects import loading
from kaskad.services.simulation.published_version import with_published_version
from kaskad.services.simulation.recorded_history import AFTERWARDS, RecordedHistory, load_history
from kaskad.services.simulation.run import Scenario
from kaskad.services.simulation.script import Script, read_events
from kaskad.settings import Settings
from kaskad.storage.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SimulationRequest:
    """What to simulate, and with which events. `compare` is a version's number, a journey's file or a project."""

    journey: str
    events: Path | None
    since: datetime | None
    until: datetime | None
    rates: Path | None
    compare: str | None
    beside: tuple[str, ...]
    seed: int

    @property
    def names(self) -> tuple[str, ...]:
        """The journeys to simulate."""
        return tuple(name.replace("-", "_") for name in (self.journey, *self.beside))

    @property
    def earlier(self) -> int | None:
        """The number of the published version to compare with; None if it is not a published one."""
        return int(self.compare) if self.compare and self.compare.isdecimal() else None


def load_rates(asked: SimulationRequest) -> dict[Channel, ResponseRates]:
    """The response rates of providers from the file, if one is given. Raises NotFound, InvalidFiles."""
    return read_response_rates(_existing(asked.rates)) if asked.rates else {}


def load_current(root: Path, settings: Settings, asked: SimulationRequest) -> Scenario:
    """The scenario of the files in `root`. Raises NotFound, InvalidFiles."""
    draft = loading.load_project(root, settings.home / "templates")
    if missing := [name for name in asked.names if name not in draft.project.journeys]:
        raise NotFound(unknown_name("journey", missing[0], draft.project.journeys))
    journeys = {name: draft.project.journeys[name] for name in asked.names}
    return Scenario(draft.project.model_copy(update={"journeys": journeys}), draft.compiled)


@contextmanager
def with_database(settings: Settings, asked: SimulationRequest) -> Iterator[Settings]:
    """The settings, with the project's own database if the request needs it; it is only read.

    Raises Rejected unless exactly one source of events is named, Unavailable if there is no database here.
    """
    if bool(asked.events) == bool(asked.since or asked.until):
        raise Rejected("name the events: --events FILE, or --from and --to for stored events")
    if asked.events and asked.earlier is None:
        yield settings
        return
    with open_database(settings) as found:
        yield found


def load_compared(root: Path, settings: Settings, asked: SimulationRequest, *, now: Scenario) -> list[Scenario]:
    """The scenario to compare with `now`, if one was requested. Raises NotFound, InvalidFiles."""
    if asked.earlier is not None:
        name, number = asked.names[0], asked.earlier
        return [_query_database(settings, lambda database: with_published_version(database, now, name, number=number))]
    if not asked.compare:
        return []
    with _open_other(root, Path(asked.compare), asked.names[0]) as folder:
        return [load_current(folder, settings, asked)]


def load_simulation_history(settings: Settings, asked: SimulationRequest, now: Scenario) -> RecordedHistory:
    """The recorded history to simulate with. Raises Rejected, NotFound."""
    if asked.events:
        happened = read_events(_existing(asked.events), now.project)
        if not happened:
            raise Rejected(f"{asked.events} contains no events")
        times = [script_event.event.occurred_at for script_event in happened]
        return RecordedHistory(Script(min(times), max(times) + AFTERWARDS, happened, open_ended=True), {}, {})
    until = to_utc(asked.until) or datetime.now(UTC)
    since = to_utc(asked.since) or until - timedelta(days=30)
    if asked.until:
        check_span(since, until)
    return _query_database(settings, lambda database: load_history(database, since, until))


@contextmanager
def _open_other(root: Path, other: Path, journey: str) -> Iterator[Path]:
    """The folder of the other version: another project, or a copy of this one with the journey's file replaced."""
    if other.is_dir():
        yield other
        return
    if not other.is_file():
        takes = "a version's number, a journey's file or a project's folder"
        raise NotFound(f"there is no {other}: --compare takes {takes}")
    with tempfile.TemporaryDirectory(prefix="kaskad-") as folder:
        for part in ("configs", "templates"):
            shutil.copytree(root / part, Path(folder) / part)
        shutil.copy(other, Path(folder) / "configs" / "journeys" / f"{journey}.yaml")
        yield Path(folder)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise NotFound(f"there is no file {path}")
    return path


def _query_database(settings: Settings, ask: Callable[[Database], Awaitable[T]]) -> T:
    """The result of `ask` on the project's own database."""
    url = settings.database_url
    assert url

    async def inside() -> T:
        database = Database(url)
        try:
            return await ask(database)
        finally:
            await database.close()

    return asyncio.run(inside())
