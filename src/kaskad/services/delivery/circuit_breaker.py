"""Outages: what calls tell of their provider's health, and what is passed over because of it. For all workers."""

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
from kaskad.domain.journeys.project import ChannelSpec, Project
from kaskad.domain.outcome import Reason
from kaskad.services.failures.retry import is_data_error, run_in_transaction
from kaskad.services.ports import HasDatabase, HasRateLimiter
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages, provider_health
from kaskad.storage.delivery.messages import ClaimedMessage

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)


class CircuitBreakerDeps(HasDatabase, HasRateLimiter, Protocol):
    """What noting outages needs."""


def usable_providers(spec: ChannelSpec | None, providers: Mapping[str, Provider]) -> tuple[str, ...]:
    """The channel's providers that this process may call, in order; all where it has the secret of none.

    Never one that cannot be built, or has no address here: where there is no other, nothing goes by this channel.
    """
    names = (
        tuple(name for name in spec.providers if not isinstance(providers.get(name), UnavailableProvider))
        if spec
        else ()
    )
    return tuple(name for name in names if name in providers) or names


async def record_results(deps: CircuitBreakerDeps, told: Iterable[tuple[str, object]]) -> frozenset[str]:
    """Notes what calls told of their providers, before it is settled; those that are passed over now.

    One message that went is proof of health, a run of outages of the opposite; a refusal speaks of the message alone.
    Where everything is well the database is not asked; where it is away, nothing is noted.
    """
    failed, went = defaultdict[str, list[str]](list), set[str]()
    for name, result in told:
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
        # what a provider said cannot be written down: that keeps no message from settling
        log.warning("outages of %s are not noted: %s", ", ".join(sorted(ill)), type(error).__name__)
        return frozenset()


async def _record_health(
    ill: Mapping[str, list[str]], recovered: AbstractSet[str], connection: Connection
) -> frozenset[str]:
    for name in sorted({*ill, *recovered}):
        if name in ill:
            await provider_health.record_failures(connection, name, len(ill[name]), ill[name][-1])
        else:
            await provider_health.record_success(connection, name)
    return await provider_health.list_open_providers(connection)


def reroute(result: Answer, provider: str, names: Sequence[str], down: AbstractSet[str]) -> Answer | Retry:
    """The result, without its pause where waiting helps nobody: the message goes elsewhere, or is decided anew."""
    if not isinstance(result, Retry) or not result.outage:
        return result
    another = any(name != provider and name not in down for name in names)
    return replace(result, after=timedelta()) if another or provider in down else result


def choose_provider(
    one: ClaimedMessage,
    spec: ChannelSpec,
    stops: EmergencyStops,
    down: AbstractSet[str],
    turn: str | None,
    now: datetime,
) -> str | Reason:
    """Who carries it, "" for a call task; or why nobody does. `turn`: the provider that slots were reserved of.

    What may have gone already goes by nobody but the provider that takes both calls for one, whoever's turn it is.
    """
    names = spec.providers if one.channel is not Channel.CALL else ("",)
    if one.idempotency is not None:
        names = (one.idempotency.provider,) if now < one.idempotency.until else ()
    running = [name for name in names if not stops.covers(one.journey, one.channel, one.claimed.sender, name)]
    if not running:
        return Reason.STOPPED
    carrier = turn if one.idempotency is None else one.idempotency.provider
    return carrier if carrier in running and carrier not in down else Reason.PROVIDER_DOWN


async def find_channels_down(
    connection: Connection, project: Project, providers: Mapping[str, Provider]
) -> frozenset[Channel]:
    """The channels of which every provider is passed over: for its outages, or because it cannot be called from here.

    What was stopped by hand does not count.
    """
    down = await provider_health.list_open_providers(connection)
    unfit = {name for name, one in providers.items() if isinstance(one, UnavailableProvider)}
    if not down and not unfit:
        return frozenset()
    stopped = {name for scope, name in (await messages.load_stops(connection)).scopes if scope == "provider"}
    gone = down | unfit
    left = {
        channel: ({*usable_providers(spec, providers)} | (unfit & {*spec.providers})) - stopped
        for channel, spec in project.channels.items()
    }
    return frozenset(channel for channel, names in left.items() if names and names <= gone)
