"""One stack of all parts, and one of Prefect alone, for the tests that need them: they take their time to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.prefect_stack import PrefectStack, standing
from tests.e2e.standing import Stand, stand, until
from tests.e2e.watching import Watched


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Not started yet. A dead worker's work is given up after two seconds."""
    with stand(
        tmp_path_factory.mktemp("stack"),
        KASKAD_LEASE_SECONDS="2",
        KASKAD_ARTIFACTS_SECONDS="0",
        KASKAD_LINGER_SECONDS="1.2",
    ) as stack:
        yield stack


@pytest.fixture
def stack(installation: Stand) -> Stand:
    """It stands, and its providers take everything and tell nothing."""
    if installation.process is None:
        installation.up()
    until(installation.answers, 30)  # after a test that has killed it
    installation.behave(default={"deliver": 0})
    return installation


@pytest.fixture
def watched(stack: Stand) -> Watched:
    """Prefect's side of the stack."""
    return Watched(stack.settings.prefect_api_url, stack.settings.prefect_auth)


@pytest.fixture(scope="session")
def prefect_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectStack]:
    """Prefect with a worker, and nothing of ours besides."""
    with standing(tmp_path_factory.mktemp("project")) as running:
        yield running
