"""A whole Kaskad as people start it: `kaskad up` and its children, on ports and in a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import psycopg

from kaskad import settings
from kaskad.settings import Settings
from kaskad.storage import embedded
from tests.e2e.hurried_shop import addresses, hurried
from tests.e2e.processes import Process, children_of, left_of
from tests.support.command_result import Said
from tests.support.prefect_database import with_prefect_database
from tests.support.shipped import with_templates

T = TypeVar("T")
COMMAND = [sys.executable, "-m", "kaskad.cli.main"]


@dataclass
class Stand:
    """One installation in a folder of its own, on ports of its own."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[str] | None = None
    kaskad: list[str] = field(default_factory=lambda: COMMAND)
    begun: int = 0  # what it had said before it was started last, in bytes
    said: Path = field(init=False)

    def __post_init__(self) -> None:
        self.said = self.folder / "up.log"

    @property
    def settings(self) -> Settings:
        return settings.load_settings(self.folder, self.environment)

    @property
    def home(self) -> Path:
        return self.settings.home

    @property
    def api(self) -> str:
        return self.settings.public_url

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.settings.sandbox_http_port}"

    def up(self, within: float = 180) -> None:
        """Returns when everything stands."""
        self.begin()
        self.says("Ctrl-C ends everything.", within)

    def begin(self) -> None:
        """Starts it; nothing is waited for."""
        self.begun = self.said.stat().st_size if self.said.exists() else 0
        with self.said.open("a") as out:
            self.process = subprocess.Popen(
                [*self.kaskad, "up"], cwd=self.folder, env=self.environment, stdout=out, stderr=out, text=True
            )

    def says(self, what: str, within: float = 30) -> None:
        """Returns when `kaskad up` has said so since it was started last."""
        running = self.process
        assert running is not None

        def said() -> bool:
            assert running.poll() is None, self.said.read_text()
            return what in self.said.read_text()[self.begun :]

        until(said, within, self.said.read_text)

    def database(self) -> psycopg.Connection:
        """A connection to its Postgres, which has to run."""
        url = embedded.find_running(self.home / "postgres")
        assert url
        return psycopg.connect(url, autocommit=True)

    def health(self) -> dict[str, Any]:
        """What /healthz says, which has to be 200."""
        found: dict[str, Any] = httpx.get(f"{self.api}/healthz", timeout=10).raise_for_status().json()
        return found

    def answers(self) -> bool:
        """Whether the API works now."""
        try:
            return httpx.get(f"{self.api}/healthz", timeout=10).is_success
        except httpx.TransportError:
            return False

    def down(self, number: signal.Signals = signal.SIGINT) -> tuple[int, float]:
        """The exit code, and after how many seconds the command had ended."""
        assert self.process is not None
        process, self.process = self.process, None
        asked = time.monotonic()
        process.send_signal(number)
        try:
            return process.wait(20), time.monotonic() - asked
        finally:
            process.kill()

    def running(self) -> set[Process]:
        """All that `kaskad up` has started, itself included."""
        assert self.process is not None
        return children_of(self.process.pid)

    def left(self, known: set[Process]) -> set[Process]:
        """What still runs, of these or of this installation."""
        return left_of(known, str(self.home))

    def command(self, *arguments: str, **environment: str) -> Said:
        """Runs `kaskad …` to its end."""
        ended = subprocess.run(
            [*self.kaskad, *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Said(ended.returncode, ended.stdout, ended.stderr)

    def post(self, *calls: dict[str, Any], source: str = "site") -> None:
        """Sends the calls as one batch, the warehouse's before it; returns when they were answered with 200."""
        stock = [call for call in calls if call.get("userId") == "warehouse"]
        if stock and source != "store":
            self.post(*stock, source="store")  # a public source may not tell the catalogue
            calls = tuple(call for call in calls if call not in stock)
        key = next(key for key, name in self.settings.write_keys().items() if name == source)
        batch = [{"messageId": str(uuid4()), **call} for call in calls]
        httpx.post(f"{self.api}/v1/batch", json={"batch": batch}, auth=(key, ""), timeout=30).raise_for_status()

    def ask(self, method: str, path: str, **json_: Any) -> httpx.Response:
        """Asks the journeys' API."""
        headers = {"Authorization": f"Bearer {self.settings.admin_key()}"}
        return httpx.request(method, f"{self.api}{path}", json=json_ or None, headers=headers, timeout=30)

    def behave(self, **behaviour: Any) -> None:
        """From now on the providers behave so."""
        httpx.put(f"{self.sandbox}/_behaviour", json=behaviour, timeout=30).raise_for_status()

    def received(self, customer: str = "") -> list[dict[str, Any]]:
        """What the providers got for the customer, or for all."""
        records = httpx.get(f"{self.sandbox}/_received", timeout=30).json()["records"]
        return [record for record in records if not customer or record["to"] in addresses(customer)]

    def waits_for(self, *customers: str, within: float = 20) -> None:
        """Returns when a message for each of the customers is at a provider."""
        until(lambda: all(self.received(customer) for customer in customers), within, lambda: self.tell(*customers))

    def tell(self, *customers: str) -> str:
        """What the providers got, in a few words, and why these customers got what they did."""
        got = [
            f"{record['machine_at']} {record['outcome']} {record['channel']} {record['to']}"
            for record in self.received()
        ]
        return "\n".join([*got, *(self.command("explain", customer).out for customer in customers)])


def until(holds: Callable[[], T], within: float, story: Callable[[], str] = lambda: "") -> T:
    """What `holds` says as soon as that is true."""
    deadline = time.monotonic() + within
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {within:g} s: {story()}"
        time.sleep(0.05)
    return found


def ports() -> dict[str, str]:
    """Free ones, by the variables that set them."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    api, prefect, sandbox, smtp = (str(probe.getsockname()[1]) for probe in probes)
    for probe in probes:
        probe.close()
    return {
        "KASKAD_API_PORT": api,
        "KASKAD_PREFECT_PORT": prefect,
        "KASKAD_SANDBOX_HTTP_PORT": sandbox,
        "KASKAD_SANDBOX_SMTP_PORT": smtp,
        "KASKAD_SANDBOX_URL": f"http://127.0.0.1:{sandbox}",
        "KASKAD_SANDBOX_SMTP": f"smtp://127.0.0.1:{smtp}",
    }


@contextmanager
def stand(folder: Path, *, project: Path | None = None, fresh: bool = False, **environment: str) -> Iterator[Stand]:
    """A shop in the folder, not started yet; the hurried one, where no other is given. Nothing is left running.

    `fresh`: Prefect begins without a database.
    """
    project = project or hurried(folder / "shop")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("KASKAD_", "PREFECT_"))}
    home = with_templates(folder / "home")
    if not fresh:
        with_prefect_database(home / "prefect")
    standing = Stand(project, {**inherited, "KASKAD_HOME": str(home), **ports(), **environment})
    known: set[Process] = set()
    try:
        yield standing
    finally:
        if standing.process is not None:
            known = standing.running()
            standing.down()
        for process in standing.left(known):
            process.kill()
        embedded.delete_database(standing.home / "postgres")
