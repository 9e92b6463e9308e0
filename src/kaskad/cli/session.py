"""What commands need: the project, a database that answers, the runtime, and Prefect if it runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kaskad.domain.errors import ProjectNotFound, Unavailable
from kaskad.settings import Settings, load_settings

if TYPE_CHECKING:
    from kaskad.orchestration.prefect_gateway import PrefectGateway
    from kaskad.runtime import Runtime

T = TypeVar("T")
CREATES_STACK = frozenset({"up", "demo", "migrate"})  # all others refuse without a database: it would be empty


def find_project_folder(given: Path | None) -> Path:
    """The folder of `--project`, else the nearest parent folder with `configs/`. Raises ProjectNotFound."""
    if given is None:
        from kaskad.config import find_project_root

        return find_project_root(Path.cwd())
    folder = given.resolve()
    if not (folder / "configs").is_dir():
        raise ProjectNotFound(f"there is no folder 'configs' in {folder}: --project names the folder that holds it")
    return folder


def load_stack_settings(project: Path | None) -> Settings:
    """The settings of the processes of a stack: `project` may also be a folder inside the project."""
    from kaskad.config import find_project_root

    return load_settings(find_project_root(project or Path.cwd()))


@contextmanager
def open_database(settings: Settings, *, command: str = "") -> Iterator[Settings]:
    """The settings with a database that answers: the configured one, else the project's embedded one.

    If the embedded one does not run, it is started and migrated, and stopped at the end. If it does not exist, only a
    `command` of CREATES_STACK creates it; for others this raises Unavailable, and nothing is created.
    """
    if settings.database_url:
        yield settings
        return
    from kaskad.storage.embedded import attach_or_start, find_running, made

    folder = settings.home / "postgres"
    if command not in CREATES_STACK and not made(folder):
        ways = "start one with `kaskad up`, or name yours with KASKAD_HOME or KASKAD_DATABASE_URL"
        raise Unavailable(f"there is no local stack here, {settings.home} contains no database: {ways}")
    ours = find_running(folder) is None
    with attach_or_start(folder) as url:
        if ours:
            from kaskad.storage.migrate import upgrade

            upgrade(url)
        yield replace(settings, database_url=url)


def run_with_runtime(project: Path | None, work: Callable[[Runtime], Awaitable[T]]) -> T:
    """The result of `work` with a runtime on the project's database. Raises Unavailable if that has no tables."""
    from psycopg.errors import UndefinedTable

    from kaskad.runtime import open_runtime

    async def inside(settings: Settings) -> T:
        async with open_runtime(settings) as runtime:
            return await work(runtime)

    with open_database(load_settings(find_project_folder(project))) as settings:
        try:
            return asyncio.run(inside(settings))
        except UndefinedTable as error:
            raise Unavailable("the database has no tables yet: run `kaskad migrate` first") from error


async def prepare_addresses(settings: Settings) -> None:
    """Checks the suppression key, and hashes closed addresses that an earlier version stored in plain.

    Raises WrongSuppressionKey.
    """
    from kaskad.runtime import open_runtime
    from kaskad.services.operations import suppressions

    async with open_runtime(settings) as runtime:
        await suppressions.prepare(runtime)


@asynccontextmanager
async def open_prefect(settings: Settings) -> AsyncIterator[PrefectGateway]:
    """Access to Prefect's API. Its import takes a second, and reads the environment only once."""
    from kaskad.cli.stack.processes import prefect_server

    if settings.own_prefect:
        server = prefect_server(settings)
        server.folder.mkdir(parents=True, exist_ok=True)
        os.environ.update(server.client_environment(settings.environment))
    from kaskad.orchestration.prefect_gateway import PrefectGateway

    async with PrefectGateway(settings.prefect_api_url, auth=settings.prefect_auth) as gateway:
        yield gateway
