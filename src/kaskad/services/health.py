"""Health: what keeps the engine from its work although events are accepted. For monitoring."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Protocol

import httpx

from kaskad.channels import options
from kaskad.domain.channel import Channel
from kaskad.domain.env_variables import expand_variables
from kaskad.domain.errors import KaskadError, Rejected, WrongSuppressionKey
from kaskad.domain.journeys.project import Project
from kaskad.services.ports import HasAddressHasher, HasDatabase
from kaskad.services.publishing import deployment_sync
from kaskad.settings import Settings
from kaskad.storage import migrate
from kaskad.storage.database import Connection
from kaskad.storage.people import suppression_key
from kaskad.storage.publishing import versions

if TYPE_CHECKING:
    from kaskad.orchestration.prefect_gateway import PrefectGateway

PREFECT_TIMEOUT = 1.0  # seconds: a health check must answer soon
PREFECT_GRACE = 10.0  # seconds that Prefect may be silent after an answer: it may just be busy
CACHE_SECONDS = 2.0  # seconds for which Prefect's last answer still counts
MAX_WORKER_SILENCE = timedelta(seconds=90)  # three of a worker's heartbeats


class ProblemCode(StrEnum):
    """What is wrong, for machines. While one of the first four lasts, no run can start; with the fifth none sends."""

    MIGRATIONS = "migrations"
    PREFECT = "prefect"
    DEPLOYMENTS = "deployments"
    WORKER = "worker"
    SUPPRESSION_KEY = "suppression_key"
    UNPUBLISHED = "unpublished"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class HealthProblem:
    """One problem, in a sentence. It contains no address and no customer: anybody may ask."""

    code: ProblemCode
    detail: str


class HealthDeps(HasDatabase, HasAddressHasher, Protocol):
    """What the health check needs."""

    @property
    def settings(self) -> Settings: ...


@dataclass(slots=True)
class HealthCheck:
    """The engine's health as this process sees it. Asks Prefect at most every two seconds, however many ask."""

    deps: HealthDeps
    gateway: PrefectGateway
    _project: tuple[int, Project] = (0, Project())  # the generation of the files, and the project
    _said: tuple[HealthProblem, ...] = ()
    _for: frozenset[str] = frozenset()
    _at: float = float("-inf")
    _heard: float = float("-inf")  # when Prefect answered last, monotonic
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def here(self, connection: Connection) -> tuple[list[HealthProblem], frozenset[str]]:
        """Returns the problems in the database, and the deployments that Prefect must have.

        If the schema is not this version's, nothing else is queried. Never waits for a process that publishes.
        """
        if await migrate.read_revision(connection) != _newest_migration():
            return [
                HealthProblem(ProblemCode.MIGRATIONS, "the database's schema is not this version's: `kaskad migrate`")
            ], frozenset()
        if wrong := await _check_suppression_key(connection, self.deps):
            return [wrong], frozenset()
        generation = await versions.read_generation(connection)
        if not generation:
            return [HealthProblem(ProblemCode.UNPUBLISHED, "nothing is published yet: `kaskad publish`")], frozenset()
        if generation != self._project[0]:
            self._project = generation, await versions.load_project(connection)
        return list(check_channels(self._project[1], self.deps.settings)), await deployment_sync.list_deployments(
            connection
        )

    async def check_prefect(self, wanted: frozenset[str]) -> tuple[HealthProblem, ...]:
        """Returns Prefect's problems: `wanted` are the deployments that it must have. Never raises."""
        async with self._asking:
            if wanted != self._for or time.monotonic() - self._at >= CACHE_SECONDS:
                self._said = tuple(await self._ask(wanted))
                self._for, self._at = wanted, time.monotonic()
            return self._said

    async def _ask(self, wanted: frozenset[str]) -> list[HealthProblem]:
        try:
            async with asyncio.timeout(PREFECT_TIMEOUT):
                there = await self.gateway.count_deployments(wanted) if wanted else 0
                heard = await self.gateway.last_worker_heartbeat(self.deps.settings.pool)
            self._heard = time.monotonic()
        except (KaskadError, TimeoutError):
            lately = wanted == self._for and time.monotonic() - self._heard < PREFECT_GRACE
            if lately and await self.gateway.is_listening():
                return list(self._said)
            return [HealthProblem(ProblemCode.PREFECT, "Prefect does not answer: nothing is sent, events are taken")]
        except httpx.HTTPStatusError as error:
            return [
                HealthProblem(
                    ProblemCode.PREFECT, f"Prefect refuses us ({error.response.status_code}): nothing is sent"
                )
            ]
        except Exception as error:  # a page, a list, nothing: a broken answer may raise anything
            return [
                HealthProblem(ProblemCode.PREFECT, f"Prefect answers oddly ({type(error).__name__}): nothing is sent")
            ]
        return [*check_deployments(len(wanted) - there), *check_workers(heard, datetime.now(UTC))]


async def _check_suppression_key(connection: Connection, deps: HealthDeps) -> HealthProblem | None:
    try:
        known = await suppression_key.read_fingerprint(connection)
        if known is None or known == deps.address_hasher.fingerprint:
            return None
        return HealthProblem(ProblemCode.SUPPRESSION_KEY, str(WrongSuppressionKey()))
    except (Rejected, OSError) as error:
        return HealthProblem(ProblemCode.SUPPRESSION_KEY, f"nothing is sent: {error}")


@cache
def _newest_migration() -> str | None:
    return migrate.get_head_revision()


def check_channels(project: Project, settings: Settings) -> Iterator[HealthProblem]:
    """Yields the channels that send nothing as no provider has its secret, or not through the intended provider."""
    for channel, spec in project.channels.items():
        secrets = {project.providers[name].secret_env for name in spec.providers if name in project.providers}
        if secrets and not any(map(settings.provider_secret, secrets)):
            yield HealthProblem(
                ProblemCode.CHANNEL, f"nothing goes by {channel.value}: {', '.join(sorted(secrets))} is not set"
            )
        elif spec.providers and (why := _configuration_error(spec.providers[0], channel, project, settings=settings)):
            yield HealthProblem(
                ProblemCode.CHANNEL, f"no {channel.value} goes by {spec.providers[0]}, its first provider: {why}"
            )


def _configuration_error(name: str, channel: Channel, project: Project, *, settings: Settings) -> str:
    """Returns what is missing to call this provider; "" if nothing is. It contains no address."""
    spec = project.providers.get(name)
    if spec is None:
        return "it is not in configs/providers.yaml"
    try:
        options.validate_options(
            spec.adapter, channel, expand_variables(spec.url, settings.variables), options=spec.options
        )
    except Rejected as error:
        return str(error)
    return ""


def check_deployments(count: int) -> Iterator[HealthProblem]:
    """Yields a problem if Prefect lacks deployments."""
    if count > 0:
        yield HealthProblem(
            ProblemCode.DEPLOYMENTS, f"{count} deployments are missing in Prefect: the worker makes them anew"
        )


def check_workers(heard: datetime | None, now: datetime) -> Iterator[HealthProblem]:
    """Yields a problem if the workers are silent: `heard` is when the last one reported, None for never."""
    if heard is None:
        yield HealthProblem(ProblemCode.WORKER, "no worker was heard of yet: nothing is sent")
    elif now - heard > MAX_WORKER_SILENCE:
        yield HealthProblem(
            ProblemCode.WORKER, f"no worker was heard of since {heard:%Y-%m-%d %H:%M:%S} UTC: nothing is sent"
        )
