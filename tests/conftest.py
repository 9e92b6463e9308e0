"""Fixtures of all tests: a real PostgreSQL, started only when a selected test needs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import SharedPostgres, cloned, make_template

POSTGRES = pytest.StashKey[SharedPostgres]()
INPUT = "postgres_folder"
SERVER = "KASKAD_TESTS_SERVER"  # the folder of a server that several runs share; whoever set this stops it


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", None)
    given = worker[INPUT] if worker else os.environ.get(SERVER)
    config.stash[POSTGRES] = SharedPostgres(Path(given)) if given else SharedPostgres.in_new_folder()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:  # type: ignore[no-untyped-def]  # xdist's
    node.workerinput[INPUT] = str(node.config.stash[POSTGRES].folder)


@pytest.hookimpl(tryfirst=True)  # before xdist tells the controller that this worker has collected
def pytest_collection_finish(session: pytest.Session) -> None:
    if any("postgres_url" in getattr(item, "fixturenames", ()) for item in session.items):
        session.config.stash[POSTGRES].ask()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node) -> None:  # type: ignore[no-untyped-def]  # xdist's
    node.config.stash[POSTGRES].start_if_asked()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and SERVER not in os.environ:
        config.stash[POSTGRES].remove()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The loop that `@pytest.mark.anyio` tests run on."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> str:
    """The server of this run: the url of its first database. Tests use `database_url`."""
    shared = request.config.stash[POSTGRES]
    if not hasattr(request.config, "workerinput"):
        shared.start_if_asked()
    url = shared.url
    assert url, "the server of this run does not answer"
    return url


@pytest.fixture(scope="session")
def postgres_admin(postgres_url: str) -> Iterator[psycopg.Connection]:
    """A connection that creates and drops databases; the template is there."""
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        make_template(admin)
        yield admin


@pytest.fixture
def database_url(postgres_admin: psycopg.Connection) -> Iterator[str]:
    """The url of a database of this test's own, with the migrations applied and nothing else in it."""
    with cloned(postgres_admin) as url:
        yield url
