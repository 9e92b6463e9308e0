"""The stack that is measured: Postgres with fsync, Prefect, the sandbox and the worker, each a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import httpx
from crowd import open_shop
from processes import child

from kaskad import settings as environment
from kaskad.cli.session import open_prefect
from kaskad.cli.stack.local_stack import LocalStack, start_local_stack
from kaskad.domain.errors import KaskadError, Rejected, Unavailable
from kaskad.orchestration.processes import StatusCallback
from kaskad.runtime import Runtime, open_runtime
from kaskad.sandbox.providers import Behaviour, Rates
from kaskad.settings import Settings
from kaskad.storage import clock
from kaskad.storage.embedded.server_files import ServerFiles

if TYPE_CHECKING:
    from kaskad.orchestration.prefect_gateway import PrefectGateway

ROOT = Path(__file__).parents[2]
PARTS = ("configs", "templates", "flows", "tasks")
MAIL_BY_HTTP = (
    'sandbox_email: {adapter: http, url: "${KASKAD_SANDBOX_URL:-http://127.0.0.1:8026}/push", '
    "secret: KASKAD_SANDBOX_SECRET}"
)
NOON = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Moscow: no quiet hours
# What the copy says in place of the shipped files: e-mail goes by HTTP to a provider that takes all that comes (the
# sandbox's HTTP side knows no e-mail: its push address takes any JSON), five products fit, and nobody is
# held out.
EDITS = (
    ("configs/providers.yaml", r"^sandbox_email: .*adapter: smtp.*$", MAIL_BY_HTTP),
    ("configs/channels.yaml", r"^(email: .*)rate: 200/s", r"\1rate: 100000/s, concurrency: 250"),
    ("configs/channels.yaml", r"^(push: .*)rate: 500/s", r"\1rate: 100000/s"),
    ("configs/channels.yaml", r"^(viber: .*)rate: 100/s", r"\1rate: 100000/s"),
    ("configs/journeys/abandoned_cart.yaml", r"^holdout: 5%\n", ""),
    ("configs/journeys/email_confirmation.yaml", r"^  - wait: \{until: 6h after enter\}\n", ""),  # it answers at once
    ("configs/journeys/back_in_stock.yaml", r"^  release: .*\n", ""),  # everybody at once
    ("templates/cart_reminder/message.yaml", r"at_most: 4", "at_most: 5"),
)
KASKAD = ("-m", "kaskad.cli.main")
READY_WITHIN = 60.0  # seconds
TAKES_ALL = Behaviour(default=Rates(deliver=0))  # accepts everything, and posts no receipts
# Both ways run without waiting for more work, and neither ships its log lines to Prefect.
ENVIRONMENT = {"KASKAD_LINGER_SECONDS": "0", "PREFECT_LOGGING_LEVEL": "WARNING"}


@dataclass(frozen=True, slots=True)
class Stand:
    """What the measurements need of the stack."""

    settings: Settings
    environment: Mapping[str, str]
    runtime: Runtime
    gateway: PrefectGateway
    sandbox: httpx.AsyncClient
    stack: LocalStack

    @asynccontextmanager
    async def running(self, command: str, *arguments: str, **environment: str) -> AsyncIterator[int]:
        """While inside, `kaskad COMMAND …` runs, with these variables besides; its pid. Several may run at once."""
        log = self.settings.home / "logs" / f"{command}.log"
        merged, argv = {**self.environment, **environment}, (*KASKAD, command, *arguments)
        async with child(*argv, environment=merged, folder=self.settings.project, log=log) as process:
            yield process.pid

    @asynccontextmanager
    async def fresh_sandbox(self, behaviour: Behaviour = TAKES_ALL) -> AsyncIterator[None]:
        """While inside, a sandbox runs that has received nothing yet: each lap meets the same one."""
        shutil.rmtree(self.settings.home / "sandbox", ignore_errors=True)
        async with self.running("sandbox"):
            await answers(self.sandbox, "/_summary")
            await self.behave(behaviour)
            yield

    async def command(self, *arguments: str) -> None:
        """Runs `kaskad …` to its end. Raises Unavailable with its last words."""
        await self.stack.command(*arguments)

    async def behave(self, behaviour: Behaviour) -> None:
        """The providers behave so from now on."""
        (
            await self.sandbox.put("/_behaviour", content=behaviour.model_dump_json(exclude_unset=True))
        ).raise_for_status()

    async def count_received(self) -> int:
        """How many calls the sandbox has taken so far."""
        answer = (await self.sandbox.get("/_summary")).raise_for_status().json()
        return sum(count for outcomes in answer["calls"].values() for count in outcomes.values())

    async def received(self, since: int) -> list[dict[str, str]]:
        """The sandbox's records after the first `since`: what really arrived."""
        answer = (await self.sandbox.get("/_received", params={"since": since})).raise_for_status().json()
        records: list[dict[str, str]] = answer["records"]
        return records


class Interrupted(KaskadError):
    """Ctrl-C came before the end; the stack has ended, and everything in it."""


@asynccontextmanager
async def stand(folder: Path, tell: StatusCallback) -> AsyncIterator[Stand]:
    """Postgres and Prefect in the folder, with a copy of the shipped project, edited. Raises Interrupted."""
    settings, finished = _settings(_copy(folder / "project"), folder / "home"), False
    async with start_local_stack(settings, tell) as stack, open_runtime(stack.settings) as runtime:
        async with runtime.database.transaction() as connection:
            await clock.set_clock(connection, NOON)
        await stack.command("publish")
        url = f"http://{settings.host}:{settings.sandbox_http_port}"
        async with open_prefect(stack.settings) as gateway, _client(url) as sandbox:
            await open_shop(runtime, NOON)
            yield Stand(stack.settings, stack.environment, runtime, gateway, sandbox, stack)
        finished = True
    if not finished:  # the supervisor of the stack takes a signal quietly
        raise Interrupted("interrupted")


async def answers(client: httpx.AsyncClient, path: str) -> None:
    """Returns when a GET there succeeds. Raises Unavailable when it has not within a minute."""
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_WITHIN):
            while True:
                with suppress(httpx.TransportError):
                    if (await client.get(path)).is_success:
                        return
                await asyncio.sleep(0.05)
    raise Unavailable(f"{client.base_url}{path} did not answer within {READY_WITHIN:g} s")


@contextmanager
def folder_of_its_own() -> Iterator[Path]:
    """A folder on the project's disk, so that fsync costs what it costs there; deleted at the end, data and all."""
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    folder = Path(mkdtemp(prefix="bench-", dir=build))
    folder.chmod(0o711)  # run by root, Postgres has another account: let it in
    try:
        yield folder
    finally:
        data = ServerFiles.of(folder / "home" / "postgres").data.parent
        shutil.rmtree(folder)
        shutil.rmtree(data, ignore_errors=True)  # the same folder, unless the server could not enter it


def _copy(project: Path) -> Path:
    for part in PARTS:
        shutil.copytree(ROOT / part, project / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name, shipped, ours in EDITS:
        file = project / name
        text, found = re.subn(shipped, ours, file.read_text(), flags=re.MULTILINE)
        if found != 1:
            raise Rejected(f"{name} has no line like {shipped} any more: say in {__file__} what it has now")
        file.write_text(text)
    return project


def _settings(project: Path, home: Path) -> Settings:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("KASKAD_", "PREFECT_"))}
    loaded = environment.load_settings(project, {**ours, **ENVIRONMENT, "KASKAD_HOME": str(home)})
    api, server, http, smtp = _free_ports(4)
    return replace(loaded, api_port=api, prefect_port=server, sandbox_http_port=http, sandbox_smtp_port=smtp)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
