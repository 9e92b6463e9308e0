"""The stack that is attacked: Postgres and Prefect as in `kaskad up`, the rest in processes that can be told to die."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from kaskad import settings as environment
from kaskad.cli.stack.local_stack import LocalStack, start_local_stack
from kaskad.domain.channel import Channel
from kaskad.orchestration.processes import StatusCallback
from kaskad.runtime import Runtime, open_runtime
from kaskad.sandbox.providers import Behaviour, Rates
from kaskad.settings import Settings
from kaskad.storage.embedded.postmaster import read_postmaster
from kaskad.storage.embedded.server_files import ServerFiles
from tests.crash.child_workers import ChildWorkers, start_workers
from tests.support.paths import ROOT

OWN = Path(__file__).with_name("shop")
LEASE = 2.0  # seconds
JOURNEYS = ("carts", "looks", "restock", "thanks")
CHANNELS = (Channel.PUSH, Channel.EMAIL, Channel.VIBER, Channel.SMS)
# Each answer takes its time, so that deaths fall into calls; some get lost, some say "later", some say never.
MOODY = Behaviour(
    default=Rates(deliver=0, delay_s=0.02, retry=0.005, lose=0.002),
    channels={Channel.PUSH: Rates(refuse=0.01), Channel.EMAIL: Rates(confirm=0.2)},
)
# Written by the database itself, whoever makes a message unknown and however soon it is settled.
WITNESS = """
CREATE TABLE was_unknown (id uuid PRIMARY KEY);
CREATE FUNCTION remember_unknown() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO was_unknown VALUES (NEW.id) ON CONFLICT DO NOTHING; RETURN NULL; END $$;
CREATE TRIGGER remember_unknown AFTER UPDATE OF status ON message FOR EACH ROW
  WHEN (NEW.status = 'unknown' AND OLD.status <> 'unknown') EXECUTE FUNCTION remember_unknown();"""


@dataclass
class Victim:
    """A standing stack: its parts by name, which of its processes live, and ways to kill them."""

    settings: Settings
    runtime: Runtime
    men: ChildWorkers
    _serving: dict[str, int] = field(default_factory=dict)

    @property
    def record(self) -> Path:
        """What the providers got."""
        return self.settings.home / "sandbox" / "received.jsonl"

    @property
    def api(self) -> str:
        return self.settings.public_url

    async def serve(self, role: str, **plan: Any) -> int:
        """Starts the API (`api`) or the providers (`sandbox`); returns its pid once it answers."""
        pid = await self.men.start(role=role, log=self._log(role), **plan)
        sandbox = f"http://{self.settings.host}:{self.settings.sandbox_http_port}/_behaviour"
        await _answering(f"{self.api}/healthz" if role == "api" else sandbox, pid, self.men)
        self._serving[role] = pid
        return pid

    async def work(self, **plan: Any) -> int:
        """One more worker without Prefect; it dies by itself once it is armed."""
        return await self.men.start(role="worker", armed=False, log=self._log("worker"), **plan)

    async def work_under_prefect(self, **plan: Any) -> int:
        """One more `kaskad worker`."""
        return await self.men.start(role="prefect", log=self._log("prefect-worker"), **plan)

    async def publish(self, title: str, **plan: Any) -> int:
        """Publishes new versions; how that ended."""
        return await self.men.death(
            await self.men.start(role="publisher", title=title, log=self._log("publish"), **plan)
        )

    async def kill(self, role: str) -> None:
        """Kills the API or the providers."""
        await self.men.kill(self._serving[role])

    def serving(self, role: str) -> int:
        """The pid of the API or of the providers."""
        return self._serving[role]

    async def kill_postgres(self) -> None:
        """Kills the database server; returns when the stack has started it again."""
        data = ServerFiles.of(self.settings.home / "postgres").data
        old = read_postmaster(data)
        assert old
        os.kill(old.pid, signal.SIGKILL)
        async with asyncio.timeout(60):
            while (new := read_postmaster(data)) is None or new.pid == old.pid or not await self._answers():  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """Rows of a query."""
        async with self.runtime.database.transaction() as connection:
            return await (await connection.execute(sql.encode(), params)).fetchall()

    async def _answers(self) -> bool:
        with suppress(Exception):
            return bool(await self.rows("SELECT 1 AS one"))
        return False

    def _log(self, role: str) -> str:
        return str(self.settings.home / "logs" / f"{role}.log")


@asynccontextmanager
async def start_victim(folder: Path, seed: int, tell: StatusCallback) -> AsyncIterator[Victim]:
    """The stack in the folder; it publishes a shop of its own, and its API and providers answer."""
    settings = _settings(_project(folder / "project"), folder / "home")
    async with start_local_stack(settings, tell) as stack, open_runtime(stack.settings) as runtime:
        await stack.command("publish")
        async with runtime.database.transaction() as connection:
            await connection.execute(WITNESS.encode())
        async with _men(stack, seed) as men:
            under_fire = Victim(stack.settings, runtime, men)
            await under_fire.serve("sandbox")
            await under_fire.serve("api")
            yield under_fire


def _men(stack: LocalStack, seed: int) -> Any:
    environment = {**stack.environment, "PYTHONPATH": os.pathsep.join([str(stack.settings.project), *_paths()])}
    plan = {
        "project": str(stack.settings.project),
        "environment": environment,
        "journeys": JOURNEYS,
        "channels": CHANNELS,
        "tasks": ["resolve", "advance", "deliver"],
        "limit": 200,
        "behaviour": MOODY.model_copy(update={"seed": seed}).model_dump(mode="json", exclude_unset=True),
    }
    return start_workers(plan, "--prefect", cwd=stack.settings.project, environment=environment)


def _paths() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


async def _answering(url: str, pid: int, men: ChildWorkers) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=2) as client, asyncio.timeout(60):
        while True:
            assert men.lives(pid), f"what should answer at {url} has ended"
            with suppress(httpx.TransportError):
                if (await client.get(url)).is_success:
                    return
            await asyncio.sleep(0.02)


def _project(folder: Path) -> Path:
    """The shipped project's templates, topics and code, with journeys that wait for seconds."""
    for part in ("configs", "templates", "flows", "tasks"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.rmtree(folder / "configs" / "journeys")
    shutil.copytree(OWN / "configs", folder / "configs", dirs_exist_ok=True)
    return folder


def _settings(project: Path, home: Path) -> Settings:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("KASKAD_", "PREFECT_"))}
    ours: Mapping[str, str] = {
        "KASKAD_HOME": str(home),
        "KASKAD_LEASE_SECONDS": str(LEASE),
        "KASKAD_LINGER_SECONDS": "1",
        "PREFECT_LOGGING_LEVEL": "WARNING",
    }
    (home / "logs").mkdir(parents=True)
    compiled = ROOT / ".kaskad" / "templates"  # MJML takes its time
    compiled.mkdir(parents=True, exist_ok=True)
    (home / "templates").symlink_to(compiled)
    api, prefect, http, smtp = _free_ports(4)
    loaded = environment.load_settings(project, {**inherited, **ours})
    return replace(loaded, api_port=api, prefect_port=prefect, sandbox_http_port=http, sandbox_smtp_port=smtp)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
