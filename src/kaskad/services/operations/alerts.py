"""Alerts: what the owner of a journey or a source has to know, in one plain e-mail.

It is not marketing: no consent, no caps, no hours.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Protocol
from uuid import NAMESPACE_URL, uuid5

from kaskad.domain.channel import Channel, OutboundMessage, Sent
from kaskad.domain.decisions.send_check import EmergencyStops
from kaskad.domain.journeys.project import Project
from kaskad.services.delivery import circuit_breaker
from kaskad.services.operations.source_alert_texts import AlertedSource, describe_alert
from kaskad.services.ports import HasCatalogue, HasDatabase, HasProviders
from kaskad.services.reason_texts import reason_text
from kaskad.storage import clock
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages
from kaskad.storage.queries import query

BATCH_SIZE = 20
# before the next attempt to reach an owner; four times as long each time
RETRY_DELAY = timedelta(minutes=5)
MAX_TRIES = 5
EXPIRES_AFTER = timedelta(days=1)  # by a mail server that cannot deliver it at once

log = logging.getLogger(__name__)


class AlertDeps(HasDatabase, HasCatalogue, HasProviders, Protocol):
    """What alerts need."""


@dataclass(frozen=True, slots=True)
class _AlertRow:
    """An alert that is to be sent, and its journey's current version; None if it is about a source.

    What `reason` names depends on the kind.
    """

    id: int
    kind: str
    journey: str
    reason: str
    text: str
    count: int
    tries: int
    first_at: datetime
    version_id: int | None


@dataclass(frozen=True, slots=True)
class _AlertEmail:
    alert: int
    tries_left: bool
    provider: str
    outgoing: OutboundMessage


async def send_alerts(deps: AlertDeps) -> int:
    """Sends owners of journeys an e-mail about what happened since the last alert. Returns how many were sent.

    Each has its own key: a second copy is recognized as the same e-mail. One that was not certainly sent is retried
    later, a few times.
    """
    count = 0
    while emails := await _take_alerts(deps):
        went = [email.alert for email in emails if await _send_email(deps, email)]
        over = [email.alert for email in emails if not email.tries_left]
        await _mark_told(deps, went, over)
        count += len(went)
    return count


async def _take_alerts(deps: AlertDeps) -> list[_AlertEmail]:
    async with deps.database.transaction() as connection:
        await deps.catalogue.refresh(connection)
        now = await clock.read_now(connection)
        stops = await messages.load_stops(connection)
        if stops.covers("", Channel.EMAIL, "", provider=""):  # an emergency stop: sent when that is lifted
            await connection.execute(query("postpone_alerts"), {"later": now + RETRY_DELAY, "now": now})
            return []
        cursor = await connection.execute(query("take_alerts"), {"now": now, "pause": RETRY_DELAY, "limit": BATCH_SIZE})
        rows = [_AlertRow(**row) for row in await cursor.fetchall()]
        return [await _build_email(deps, connection, row, stops=stops, now=now) for row in rows]


async def _build_email(
    deps: AlertDeps, connection: Connection, row: _AlertRow, *, stops: EmergencyStops, now: datetime
) -> _AlertEmail:
    project = deps.catalogue.project
    if row.version_id is None:
        owner, sender, (subject, lines) = _source_alert(project, row)
    else:
        journey = (await deps.catalogue.version(connection, row.version_id)).version.journey
        owner, sender, (subject, lines) = journey.owner, journey.sender, _alert_text(row, journey.title)
    outgoing = OutboundMessage(
        id=uuid5(NAMESPACE_URL, f"kaskad:alert:{row.id}:{row.first_at.isoformat()}"),
        channel=Channel.EMAIL,
        address=owner,
        sender=_sender(project, sender),
        fields={
            "subject": subject,
            "text": "\n\n".join(lines),
            "html": "".join(f"<p>{escape(line)}</p>" for line in lines),
        },
        expires_at=now + EXPIRES_AFTER,
    )
    names = circuit_breaker.usable_providers(project.channels.get(Channel.EMAIL), deps.providers)
    provider = next((name for name in names if not stops.covers("", Channel.EMAIL, "", provider=name)), "")
    return _AlertEmail(row.id, row.tries < MAX_TRIES, provider, outgoing)


def _source_alert(project: Project, row: _AlertRow) -> tuple[str, str, tuple[str, Sequence[str]]]:
    """Returns the owner of the source, no sender of its own, and the text."""
    source = project.all_sources().get(row.reason.partition(":")[0])
    title = source.title if source and source.title else row.reason.partition(":")[0]
    text = describe_alert(AlertedSource(row.kind, row.reason, row.text, title, row.count))
    return source.owner if source else "", "", text


def _alert_text(row: _AlertRow, title: str) -> tuple[str, Sequence[str]]:
    words = {"promo": _promo_text, "entrance": _entrance_text}.get(row.kind, _quarantine_text)
    return words(row, title)


def _entrance_text(row: _AlertRow, title: str) -> tuple[str, Sequence[str]]:
    return f"{title}: nobody can enter", (
        f"Whoever is to enter the journey '{title}' cannot be found: looking for them fails.",
        row.text,
        "The other journeys go on. It is tried again, every hour at the latest; `kaskad journeys` shows how it stands. "
        "Until it works again you are not told anew.",
    )


def _promo_text(row: _AlertRow, title: str) -> tuple[str, Sequence[str]]:
    left = "1 code" if row.count == 1 else f"{row.count:,} codes"
    return f"Promo '{row.reason}': {left} left", (
        f"The promo '{row.reason}', which the journey '{title}' gives, has {left} left.",
        row.text,
    )


def _quarantine_text(row: _AlertRow, title: str) -> tuple[str, Sequence[str]]:
    people = "1 customer was" if row.count == 1 else f"{row.count:,} customers were"
    lines = (
        f"{people} set aside in the journey '{title}': {reason_text(row.reason)}.",
        row.text,
        f"The others go on. `kaskad quarantine --journey {row.journey}` shows who they are; when it is mended, "
        f"`kaskad quarantine release --journey {row.journey}` lets them go on. Until then you are not told again.",
    )
    return f"{title}: {people} set aside", lines


def _sender(project: Project, named: str) -> str:
    """Returns the journey's own sender, else the first that sends e-mail: the shop's rather than a franchise's."""
    own = [project.senders[named]] if named in project.senders else []
    listed = {name for names in project.sender_lists.values() for name in names}
    others = sorted(project.senders.items(), key=lambda sender: sender[0] in listed)
    for sender in [*own, *(sender for _, sender in others)]:
        if Channel.EMAIL in sender.addresses:
            return sender.addresses[Channel.EMAIL]
    return named


async def _send_email(deps: AlertDeps, email: _AlertEmail) -> bool:
    provider = deps.providers.get(email.provider) if email.outgoing.address else None
    result = await provider.send(email.outgoing) if provider else None
    if not isinstance(result, Sent):
        log.warning(
            "alert %s: %s was not told: %s",
            email.alert,
            email.outgoing.address,
            result or "it has no address, or nobody carries",
        )
    return isinstance(result, Sent)


async def _mark_told(deps: AlertDeps, went: Sequence[int], over: Sequence[int]) -> None:
    async with deps.database.transaction() as connection:
        now = await clock.read_now(connection)
        await connection.execute(query("finish_alerts"), {"went": list(went), "over": list(over), "now": now})
