"""The circuit breaker: call results show a provider's health; failing providers are skipped. All workers share it."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from psycopg import Error

from kaskad.channels.base import Provider
from kaskad.channels.unavailable import UnavailableProvider
from kaskad.domain.channel import Channel, Retry, Sent, Unknown
from kaskad.domain.decisions.send_check import EmergencyStops
from kaskad.domain.errors import Unavailable
from kaskad.domain.journeys.project import Project
from kaskad.domain.journeys.providers import ChannelSpec
from kaskad.domain.outcome import Reason
from kaskad.services.failures.retry import is_data_error, run_in_transaction
from kaskad.services.ports import HasDatabase, HasRateLimiter
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages, provider_health
from kaskad.storage.delivery.messages import ClaimedMessage

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)


class CircuitBreakerDeps(HasDatabase, HasRateLimiter, Protocol):
    """What the circuit breaker needs."""


def usable_providers(spec: ChannelSpec | None, providers: Mapping[str, Provider]) -> tuple[str, ...]:
    """Returns the channel's providers that this process can call, in order; all, if it has the secret of none.

    Leaves out each that cannot be built, or has no address here: without another provider, the channel sends nothing.
    """
    names = (
        tuple(name for name in spec.providers if not isinstance(providers.get(name), UnavailableProvider))
        if spec
        else ()
    )
    return tuple(name for name in names if name in providers) or names


async def record_results(deps: CircuitBreakerDeps, results: Iterable[tuple[str, object]]) -> frozenset[str]:
    """Records what these results show of providers, before they are settled. Returns the providers with open circuit.

    One sent message proves that a provider works, a run of outages the opposite; a refusal is about the message alone.
    If all providers are healthy, the database is not queried; if the database is away, nothing is recorded.
    """
    failed, went = defaultdict[str, list[str]](list), set[str]()
    for name, result in results:
        if isinstance(result, Sent):
            went.add(name)
        elif isinstance(result, Retry | Unknown) and result.outage:
            failed[name].append(result.why)
    recovered = went & deps.rate_limiter.recently_failed
    if not failed and not recovered:
        return frozenset()
    ill = {name: whys for name, whys in failed.items() if name not in went}
    for name in ill:
        deps.rate_limiter.forget(name)
    try:
        return await run_in_transaction(deps.database, partial(_record_health, ill, recovered))
    except Unavailable:
        return frozenset()
    except Error as error:
        if not is_data_error(error):
            raise
        # a provider's answer cannot be stored: messages are settled all the same
        log.warning("outages of %s are not noted: %s", ", ".join(sorted(ill)), type(error).__name__)
        return frozenset()


async def _record_health(
    ill: Mapping[str, list[str]], recovered: AbstractSet[str], connection: Connection
) -> frozenset[str]:
    for name in sorted({*ill, *recovered}):
        if name in ill:
            await provider_health.record_failures(connection, name, len(ill[name]), failure=ill[name][-1])
        else:
            await provider_health.record_success(connection, name)
    return await provider_health.list_open_providers(connection)


def reroute(result: Answer, provider: str, names: Sequence[str], *, down: AbstractSet[str]) -> Answer | Retry:
    """Returns the result, without its delay if waiting does not help: another provider sends it, or it is redecided."""
    if not isinstance(result, Retry) or not result.outage:
        return result
    another = any(name != provider and name not in down for name in names)
    return replace(result, after=timedelta()) if another or provider in down else result


def choose_provider(
    message: ClaimedMessage,
    spec: ChannelSpec,
    stops: EmergencyStops,
    *,
    down: AbstractSet[str],
    turn: str | None,
    now: datetime,
) -> str | Reason:
    """Returns the provider that sends it, "" for a call task, or why none does. `turn`: who has the reserved slots.

    A message that was perhaps sent goes only to the provider that treats both calls as one, whatever `turn` is.
    """
    names = spec.providers if message.channel is not Channel.CALL else ("",)
    if message.idempotency is not None:
        names = (message.idempotency.provider,) if now < message.idempotency.until else ()
    running = [
        name
        for name in names
        if not stops.covers(message.journey, message.channel, message.claimed.sender, provider=name)
    ]
    if not running:
        return Reason.STOPPED
    carrier = turn if message.idempotency is None else message.idempotency.provider
    return carrier if carrier in running and carrier not in down else Reason.PROVIDER_DOWN


async def find_channels_down(
    connection: Connection, project: Project, providers: Mapping[str, Provider]
) -> frozenset[Channel]:
    """Returns the channels without a usable provider: each has an open circuit, or cannot be called from here.

    Emergency stops do not count.
    """
    down = await provider_health.list_open_providers(connection)
    unfit = {name for name, provider in providers.items() if isinstance(provider, UnavailableProvider)}
    if not down and not unfit:
        return frozenset()
    stopped = {name for scope, name in (await messages.load_stops(connection)).scopes if scope == "provider"}
    gone = down | unfit
    left = {
        channel: ({*usable_providers(spec, providers)} | (unfit & {*spec.providers})) - stopped
        for channel, spec in project.channels.items()
    }
    return frozenset(channel for channel, names in left.items() if names and names <= gone)
