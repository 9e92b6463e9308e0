"""Watches Prefect's runs for `kaskad up`, over HTTP: prefect's own client takes a second to import."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from kaskad.domain.errors import Unavailable
from kaskad.orchestration.deployment_specs import TAG
from kaskad.orchestration.prefect_server import build_auth_header

REQUEST_TIMEOUT = 5.0  # seconds
REPEAT_AFTER = 60.0  # seconds between two log lines about the same deployment
FAILED = ("CRASHED", "FAILED")
WAITING = ("SCHEDULED", "PENDING", "RUNNING")


@dataclass(frozen=True, slots=True)
class FailedRun:
    """One run that crashed or failed: its deployment, when it ended, and the last line of its message."""

    run: str
    deployment: str
    ended: datetime
    line: str


@dataclass(slots=True)
class RunMonitor:
    """Access to Prefect's runs; a context manager. All methods raise `Unavailable` if Prefect does not answer."""

    api_url: str
    auth: str | None
    _client: httpx.AsyncClient = field(init=False)
    _names: dict[str, str] = field(default_factory=dict)  # deployment's id → its name

    async def __aenter__(self) -> RunMonitor:
        self._client = httpx.AsyncClient(headers=build_auth_header(self.auth), timeout=REQUEST_TIMEOUT, trust_env=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def failures(self, since: datetime) -> list[FailedRun]:
        """The runs of Kaskad's deployments that crashed or failed since then, the oldest first; at most 200."""
        asked = {
            "flow_runs": {"state": {"type": {"any_": FAILED}}, "end_time": {"after_": since.isoformat()}},
            "deployments": {"tags": {"all_": [TAG]}},
            "sort": "END_TIME_DESC",
        }
        runs = await self._ask("POST", "/flow_runs/filter", asked)
        return [await self._failure(run) for run in reversed(runs)]

    async def start(self, deployment: str) -> str | None:
        """The id of a new run; None if there is no such deployment."""
        asked = {"deployments": {"tags": {"all_": [TAG]}, "name": {"any_": [deployment]}}}
        for found in await self._ask("POST", "/deployments/filter", asked):
            run = await self._ask("POST", f"/deployments/{found['id']}/create_flow_run", {})
            return str(run["id"])
        return None

    async def ended(self, run: str) -> tuple[bool, str] | None:
        """Whether the run succeeded, and the last line of its message; None while it runs."""
        found = await self._ask("GET", f"/flow_runs/{run}", None)
        if found["state_type"] in WAITING:
            return None
        return found["state_type"] == "COMPLETED", _extract_message(found)

    async def _failure(self, run: Any) -> FailedRun:
        id_ = run["deployment_id"]
        if id_ not in self._names:
            self._names[id_] = (await self._ask("GET", f"/deployments/{id_}", None))["name"]
        return FailedRun(run["id"], self._names[id_], datetime.fromisoformat(run["end_time"]), _extract_message(run))

    async def _ask(self, method: str, path: str, asked: Any) -> Any:
        try:
            answer = await self._client.request(method, f"{self.api_url}{path}", json=asked)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"Prefect does not tell of its runs: {error!r}") from error


@dataclass(slots=True)
class FailureLog:
    """The failures that were reported: each run counts once, each deployment gets at most one line a minute."""

    _runs: set[str] = field(default_factory=set)
    _counts: dict[str, int] = field(default_factory=dict)
    _last: dict[str, FailedRun] = field(default_factory=dict)
    _said: dict[str, tuple[int, float]] = field(default_factory=dict)  # deployment → how many were reported, and when

    def lines(self, failures: Iterable[FailedRun], now: float) -> list[str]:
        """The lines to print now: how many runs failed, and the last one's message. `now` is in monotonic seconds."""
        batch = list(failures)
        for failure in batch:
            if failure.run not in self._runs:
                self._counts[failure.deployment] = self._counts.get(failure.deployment, 0) + 1
                self._last[failure.deployment] = failure
        if batch:  # earlier failures are not queried any more
            self._runs = {failure.run for failure in batch}
        found = []
        for name, count in self._counts.items():
            before, at = self._said.get(name, (0, float("-inf")))
            if count > before and now - at >= REPEAT_AFTER:
                self._said[name] = count, now
                runs = "a run has" if count == 1 else f"{count} runs have"
                found.append(f"{name}: {runs} crashed or failed; the last: {self._last[name].line}")
        return found


def _extract_message(run: Any) -> str:
    """The last useful line: SQLAlchemy adds its query and a link in brackets after it."""
    said = str((run.get("state") or {}).get("message") or "")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if line[0] not in "[("] or lines
    return telling[-1] if telling else f"{run.get('state_name')}, and nothing is said of it"
