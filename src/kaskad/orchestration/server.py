"""The Prefect server as a child of ours, on SQLite in a folder of ours, and what its clients need to reach it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from kaskad.orchestration.processes import Child

HOST = "127.0.0.1"
PASSED_ON = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
RETENTION_SECONDS = 30 * 86_400
HEARTBEAT_SECONDS = 30  # the least Prefect takes
QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
}


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """Where the server keeps its things (`PREFECT_HOME`, database and log lie below `folder`) and listens."""

    folder: Path
    port: int

    @property
    def ui_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.ui_url}/api"

    def child(self, environ: Mapping[str, str]) -> Child:
        """The server, for a `Supervisor`; of `environ` it gets nothing but paths and locale."""
        argv = [sys.executable, "-m", "kaskad.orchestration.prefect_app", HOST, str(self.port)]
        return Child(
            name="prefect",
            argv=argv,
            env=self._environment(environ),
            log=self.folder / "server.log",
            ready=self.healthy,
            ready_within=90.0,
        )

    async def healthy(self) -> bool:
        """Whether the server answers now."""
        try:
            async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
                return (await client.get(f"{self.api_url}/health")).is_success
        except httpx.TransportError:
            return False

    def client_environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """`environ` with what every process that imports prefect needs; it counts only before that import."""
        return {
            **environ,
            **QUIET,
            "PREFECT_HOME": str(self.folder / "home"),
            "PREFECT_API_URL": self.api_url,
            "PREFECT_CLIENT_MAX_RETRIES": "50",  # of a database that is locked for a moment, 0.1 s apart
            "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",  # the server has it off; asking costs a request per client
            "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
            "PREFECT_WORKER_QUERY_SECONDS": "0.5",  # of stock workers; ours has a loop of its own
        }

    def _environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        return {
            **{name: environ[name] for name in PASSED_ON if name in environ},
            **QUIET,
            "PREFECT_HOME": str(self.folder / "home"),
            "PREFECT_API_URL": self.api_url,
            "PREFECT_SERVER_API_HOST": HOST,
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{self.folder / 'prefect.db'}",
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
            "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(RETENTION_SECONDS),
            # the safety nets need their next run only: each run planned ahead costs the server 46 ms
            "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_RUNS": "1",
            "PREFECT_SERVER_SERVICES_SCHEDULER_MIN_SCHEDULED_TIME": "PT1M",
        }
