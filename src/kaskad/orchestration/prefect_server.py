"""The Prefect server as a child process with SQLite in a folder of Kaskad, and the environment of its clients."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from kaskad.domain.errors import Rejected
from kaskad.orchestration.processes import ChildProcess

HOST = "127.0.0.1"
INHERITED_VARIABLES = (
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPYCACHEPREFIX",
)
RETENTION_SECONDS = 30 * 86_400
HEARTBEAT_SECONDS = 30  # the smallest value that Prefect accepts
QUIET_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
}


def build_auth_header(auth: str | None) -> dict[str, str]:
    """The authorization header for `user:password`; empty for None."""
    return {"Authorization": f"Basic {b64encode(auth.encode()).decode()}"} if auth else {}


async def is_answering(api_url: str, auth: str | None) -> bool:
    """Whether a Prefect server answers at this URL now and accepts the password."""
    try:
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            asked = await client.get(f"{api_url}/admin/version", headers=build_auth_header(auth))
    except httpx.HTTPError:
        return False
    return asked.status_code == httpx.codes.OK


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """Where the server stores its data (`PREFECT_HOME`, database and log are in `folder`) and where it listens."""

    folder: Path
    port: int
    auth: str | None = field(default=None, repr=False)  # `user:password`; None: no password

    @property
    def ui_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def database(self) -> Path:
        """The file of its SQLite database."""
        return self.folder / "prefect.db"

    @property
    def api_url(self) -> str:
        return f"{self.ui_url}/api"

    def child(self, environ: Mapping[str, str]) -> ChildProcess:
        """The server process for a `Supervisor`; it gets only paths and locale of `environ`.

        Raises `Rejected` for a password that the server cannot compare: it would refuse everybody.
        """
        if self.auth is not None and not self.auth.isascii():
            raise Rejected("PREFECT_API_AUTH_STRING has to be plain ASCII: Prefect cannot compare anything else")
        argv = [sys.executable, "-m", "kaskad.orchestration.prefect_app", HOST, str(self.port)]
        return ChildProcess(
            name="prefect",
            argv=argv,
            env=self._environment(environ),
            log=self.folder / "server.log",
            ready=self.healthy,
            ready_within=90.0,
        )

    async def healthy(self) -> bool:
        """Whether this server answers now. A server on its port that needs no password is another one."""
        opens = await is_answering(self.api_url, self.auth)
        return opens and (self.auth is None or not await is_answering(self.api_url, None))

    def client_environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """`environ` with the settings for processes that use prefect; they count only before prefect is imported."""
        return {
            **environ,
            **QUIET_SETTINGS,
            **self._password("PREFECT_API_AUTH_STRING"),
            "PREFECT_HOME": str(self.folder / "home"),
            "PREFECT_API_URL": self.api_url,
            "PREFECT_CLIENT_MAX_RETRIES": "50",  # retries for a locked database, 0.1 s apart
            "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",  # off in the server; a check costs a request
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
            "PREFECT_WORKER_QUERY_SECONDS": "0.5",  # of stock workers; Kaskad's worker has its own loop
        }

    def _password(self, *variables: str) -> dict[str, str]:
        return {} if self.auth is None else dict.fromkeys(variables, self.auth)

    def _environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        return {
            **{name: environ[name] for name in INHERITED_VARIABLES if name in environ},
            **QUIET_SETTINGS,
            "PREFECT_HOME": str(self.folder / "home"),
            "PREFECT_API_URL": self.api_url,
            **self._password("PREFECT_API_AUTH_STRING", "PREFECT_SERVER_API_AUTH_STRING"),
            "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"{self.ui_url},http://localhost:{self.port}",  # only its own UI's
            "PREFECT_SERVER_API_HOST": HOST,
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{self.database}",
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
            "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(RETENTION_SECONDS),
            # safety nets need only their next run: each planned run costs the server 46 ms
            "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS": "1",
            "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": "PT1M",
        }
