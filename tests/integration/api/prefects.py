"""A real Prefect server for a test, with a password of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from kaskad.orchestration.prefect_gateway import PrefectGateway
from kaskad.orchestration.prefect_server import PrefectServer
from kaskad.orchestration.processes import Supervisor
from tests.support.prefect_database import with_prefect_database

AUTH = "kaskad:a password"


@asynccontextmanager
async def prefect(folder: Path) -> AsyncIterator[tuple[PrefectServer, PrefectGateway]]:
    """A server that has nothing yet, and a gateway to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = PrefectServer(with_prefect_database(folder), probe.getsockname()[1], AUTH)
    async with Supervisor(print) as supervisor:
        await supervisor.start(server.child(os.environ))
        async with PrefectGateway(server.api_url, auth=AUTH) as gateway:
            yield server, gateway
