"""Test sends: a message as a customer would get it, sent to oneself by the real providers.

A test is not in the send ledger: it counts in no cap and in no report, and its links unsubscribe nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

from kaskad.channels.base import Provider
from kaskad.content import CompiledMessage, Renderer
from kaskad.domain.addresses.mailbox import parse_mailbox
from kaskad.domain.addresses.phone import parse_phone
from kaskad.domain.channel import Channel, OutboundMessage, Refused, Retry, SendResult, Sent, Unknown
from kaskad.domain.decisions.send_check import EmergencyStops
from kaskad.domain.errors import NotFound, Rejected
from kaskad.domain.journeys.project import Project
from kaskad.services import message_images
from kaskad.services.delivery.rendering import Unrenderable, unsubscribe_headers
from kaskad.services.naming import find_person
from kaskad.services.ports import HasDatabase, HasLinks
from kaskad.services.previews import Reader
from kaskad.services.previews.sample_rendering import display_sender, render_sample
from kaskad.storage.delivery import messages
from kaskad.storage.outlook import preview_data

TEST_PREFIX = "[test]"
PREFIXED_FIELDS = {Channel.EMAIL: "subject", Channel.PUSH: "title", Channel.WEBPUSH: "title"}  # else the text
EXPIRES_AFTER = timedelta(hours=1)


class SendTestDeps(HasDatabase, HasLinks, Protocol):
    """What a test send needs."""

    def open_providers(self, project: Project) -> AbstractAsyncContextManager[Mapping[str, Provider]]:
        """Returns the providers of a project that may not be published yet."""


class SendTestOutcome(StrEnum):
    """The outcome of a test in one channel."""

    SENT = "sent"
    REFUSED = "refused"
    NOT_PROCESSED = "not processed"
    UNKNOWN = "unknown"
    NOT_SENT = "not sent"  # no provider was called


@dataclass(frozen=True, slots=True)
class SendTestResult:
    """One channel's result: to which address, by which provider, and its answer or why it was not called."""

    channel: Channel
    outcome: SendTestOutcome
    address: str = ""
    provider: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Test:
    """What is sent: the message, to whom, from which sender, and what prevents it."""

    project: Project
    message: CompiledMessage
    reader: Reader
    id: UUID
    links: Mapping[str, str]
    now: datetime
    stops: EmergencyStops


async def find_addresses(deps: HasDatabase, to: str, project: Project) -> dict[Channel, str]:
    """Returns the addresses for a test: an e-mail address, a phone, or the contacts of a customer. Raises NotFound."""
    if mailbox := parse_mailbox(to):
        return {Channel.EMAIL: mailbox}
    if phone := parse_phone(to, project.shop.home):
        return {Channel.SMS: phone, Channel.VIBER: phone}
    async with deps.database.transaction() as connection:
        try:
            found = await find_person(connection, to, project, any_kind=True)
        except NotFound:
            raise NotFound(f"'{to}' is no e-mail address, no phone, and no customer is known as that") from None
        return await preview_data.load_contacts(connection, found.customer)


async def send_test(
    deps: SendTestDeps,
    root: Path,
    project: Project,
    *,
    message: CompiledMessage,
    reader: Reader,
    to: str,
    now: datetime,
    channels: Sequence[Channel] = (),
) -> list[SendTestResult]:
    """Sends the message in these channels, else in all for which `to` has an address. `now` dates its expiry.

    Raises Rejected if there is no such channel, or no address for any.
    """
    reached = await find_addresses(deps, to, project)
    wanted = _choose_channels(message, to, reached, channels=channels)
    await message_images.store_images(deps, root, [message])
    async with deps.database.transaction() as connection:
        stops = await messages.load_stops(connection)
    id_ = uuid4()
    test = _Test(project, message, reader, id_, deps.links.of(id_), now, stops)
    async with deps.open_providers(project) as providers:
        return [
            await _send_by_channel(test, channel, reached.get(channel, ""), providers=providers) for channel in wanted
        ]


def _choose_channels(
    message: CompiledMessage, to: str, reached: Mapping[Channel, str], *, channels: Sequence[Channel]
) -> Sequence[Channel]:
    said = ", ".join(sorted(message.variants))
    for channel in channels:
        if channel not in message.variants:
            raise Rejected(f"{message.name} says nothing by {channel}: it has {said}")
    wanted = channels or [channel for channel in Channel if channel in message.variants and channel in reached]
    if not wanted:
        raise Rejected(f"'{to}' has no address for any of {message.name}'s channels: {said}")
    return wanted


async def _send_by_channel(
    test: _Test, channel: Channel, address: str, *, providers: Mapping[str, Provider]
) -> SendTestResult:
    if not address:
        return SendTestResult(channel, SendTestOutcome.NOT_SENT, detail="there is no address for this channel")
    outgoing = _build_message(test, channel, address)
    if isinstance(outgoing, str):
        return SendTestResult(channel, SendTestOutcome.NOT_SENT, address, detail=outgoing)
    if channel is Channel.CALL:
        return SendTestResult(
            channel, SendTestOutcome.NOT_SENT, address, detail="a person calls: `kaskad preview` shows the script"
        )
    spec = test.project.channels.get(channel)
    tried = SendTestResult(
        channel, SendTestOutcome.NOT_SENT, address, detail="no provider of this channel is configured with its secret"
    )
    for name in spec.providers if spec else ():
        if name not in providers:
            continue
        if test.stops.covers("", channel, outgoing.sender, provider=name):
            tried = SendTestResult(
                channel, SendTestOutcome.NOT_SENT, address, name, "an emergency stop is active: kaskad stop --lift"
            )
            continue
        tried = _result_of(channel, address, name, result=await providers[name].send(outgoing))
        if tried.outcome is not SendTestOutcome.NOT_PROCESSED:
            return tried  # a message that was perhaps sent is not sent again by another provider
    return tried


def _build_message(test: _Test, channel: Channel, address: str) -> OutboundMessage | str:
    """Returns the message with its mark, or why there is none."""
    project, message, reader = test.project, test.message, test.reader
    fields = render_sample(
        Renderer(),
        message,
        channel,
        locale=reader.locale,
        known=reader.known,
        project=project,
        links=test.links,
        now=test.now,
    )
    if isinstance(fields, Unrenderable):
        return fields.detail
    marked = PREFIXED_FIELDS.get(channel, "text")
    return OutboundMessage(
        id=test.id,
        channel=channel,
        address=address,
        sender=display_sender(project, message, channel),
        fields={**fields, marked: f"{TEST_PREFIX} {fields.get(marked, '')}"},
        expires_at=test.now + EXPIRES_AFTER,
        headers=unsubscribe_headers(channel, test.links["unsubscribe"]),
        collapse=f"test:{message.name}",
    )


def _result_of(channel: Channel, address: str, provider: str, *, result: SendResult) -> SendTestResult:
    match result:
        case Sent(reference):
            return SendTestResult(channel, SendTestOutcome.SENT, address, provider, reference)
        case Refused(why):
            return SendTestResult(channel, SendTestOutcome.REFUSED, address, provider, why)
        case Retry(why):
            return SendTestResult(channel, SendTestOutcome.NOT_PROCESSED, address, provider, why)
        case Unknown(why):
            return SendTestResult(channel, SendTestOutcome.UNKNOWN, address, provider, why)
