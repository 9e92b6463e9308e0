"""Receipts: events from providers, stored like any other. They resolve unknown outcomes and wake enrollments.

A receipt counts only if it comes from the provider that sent the message. A line about anything else changes
nothing and is reported to its sender; the other lines count.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from kaskad.domain.addresses.address_key import address_key
from kaskad.domain.channel import OPT_OUT_RECEIPTS, Receipt, ReceiptKind, UnreadableReceipt
from kaskad.domain.outcome import Mode
from kaskad.services.failures.retry import run_in_transaction
from kaskad.services.ingestion.event_bisection import store_by_bisection
from kaskad.services.ingestion.refusals import opt_outs
from kaskad.services.ingestion.refusals.opt_outs import OptOut, UnsubscribeResult, UnsubscribeScope
from kaskad.services.ports import HasAddressHasher, HasDatabase
from kaskad.storage import clock, enrollments, notifications
from kaskad.storage.clock import Instants
from kaskad.storage.database import Connection
from kaskad.storage.delivery import messages
from kaskad.storage.ingestion import event_store, receipt_targets
from kaskad.storage.ingestion.receipt_targets import MessageOwner, ReceiptTarget
from kaskad.storage.people import addresses

TIMES = {
    ReceiptKind.DELIVERED: "delivered_at",
    ReceiptKind.OPENED: "opened_at",
    ReceiptKind.CLICKED: "clicked_at",
}
CHUNK = 100
NumberedReceipt = tuple[int, Receipt]  # its number in the webhook, and its content
NOT_STORED = ("not_stored", "the database cannot store it")
_log = logging.getLogger(__name__)


class ReceiptDeps(HasDatabase, HasAddressHasher, Protocol):
    """What receipts need."""


@dataclass(frozen=True, slots=True)
class RejectedReceipt:
    """A line that did not count: its number, from 0, a code for the reason, and a sentence."""

    index: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ReceiptResult:
    """How many receipts were new, and which lines were rejected, in their order."""

    new: int = 0
    rejected: tuple[RejectedReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class _MatchedReceipt:
    """A receipt that counts, and its message."""

    message: ReceiptTarget
    receipt: Receipt

    @property
    def event(self) -> str:
        """Returns the id of its event: one for each kind, and another for actions of machines."""
        suffix = ":machine" if self.receipt.by_machine else ""
        return f"{self.receipt.message}:{self.receipt.kind}{suffix}"


async def apply_provider_receipts(
    deps: ReceiptDeps, provider: str, lines: Sequence[Receipt | UnreadableReceipt]
) -> ReceiptResult:
    """Applies a provider's receipts for messages that it sent. The same receipt twice counts once.

    Each hundred are a transaction of their own. Raises Unavailable if the database cannot store one: those before it
    stay, and the provider sends all of them again.
    """
    unread = [
        RejectedReceipt(n, line.code, line.detail)
        for n, line in enumerate(lines)
        if isinstance(line, UnreadableReceipt)
    ]
    read = sorted(((n, receipt) for n, receipt in enumerate(lines) if isinstance(receipt, Receipt)), key=_sort_key)
    parts: list[ReceiptResult] = []
    for start in range(0, len(read), CHUNK):
        parts += await store_by_bisection(
            read[start : start + CHUNK],
            lambda part: run_in_transaction(
                deps.database, partial(_apply_receipts, part, provider, deps=deps, carried=True)
            ),
            lambda line, _: ReceiptResult(rejected=(RejectedReceipt(line[0], *NOT_STORED),)),
        )
    rejected = sorted(
        [*unread, *(rejection for part in parts for rejection in part.rejected)], key=lambda rejection: rejection.index
    )
    if rejected:
        _log.warning("%s: %d of %d receipts refused, first %s", provider, len(rejected), len(lines), rejected[0])
    return ReceiptResult(sum(part.new for part in parts), tuple(rejected))


async def apply_own_receipts(deps: ReceiptDeps, source: str, receipts: Sequence[Receipt]) -> int:
    """Applies Kaskad's own receipts, whichever provider sent the messages; returns how many were new."""
    lines = list(enumerate(receipts))
    return (
        await run_in_transaction(deps.database, partial(_apply_receipts, lines, source, deps=deps, carried=False))
    ).new


async def unsubscribe(deps: ReceiptDeps, message: UUID) -> UnsubscribeResult | None:
    """Withdraws what allowed the message, and returns what that was. Idempotent.

    None if there is no such message (any more): then nothing was withdrawn.
    """
    async with deps.database.transaction() as connection:
        now = await clock.read_now(connection)
        known = await receipt_targets.load_targets(connection, await receipt_targets.find_owners(connection, [message]))
    if message not in known:
        return None
    done = opt_outs.unsubscribe_result(known[message])
    if done.ended is not UnsubscribeScope.NOTHING:
        await apply_own_receipts(
            deps, opt_outs.OWN_LINK, [Receipt(message, ReceiptKind.UNSUBSCRIBED, now, detail="one click")]
        )
    return done


def _sort_key(line: NumberedReceipt) -> tuple[bool, datetime]:
    """Sorts opt-outs first; of duplicates the earliest counts, whichever hundred it is in."""
    return line[1].kind not in OPT_OUT_RECEIPTS, line[1].at


async def _apply_receipts(
    lines: Sequence[NumberedReceipt], source: str, connection: Connection, *, deps: ReceiptDeps, carried: bool
) -> ReceiptResult:
    """`carried`: the source's receipts count only for messages that it sent; else they are Kaskad's own."""
    known = await receipt_targets.find_owners(connection, sorted({receipt.message for _, receipt in lines}))
    standing = await _lock(lines, known, connection, deps=deps)
    instants = await clock.read_instants(connection)
    why_not = {
        n: _rejection_reason(standing.get(receipt.message), receipt, source if carried else None)
        for n, receipt in lines
    }
    words = _deduplicate(
        _match_receipt(standing[receipt.message], receipt, instants) for n, receipt in lines if why_not[n] is None
    )
    stored = await event_store.insert_events(connection, [_event(word, source, instants) for word in words])
    new = {event.message_id for event in stored}
    fresh = [word for word in words if word.event in new]
    await _update_messages(connection, fresh, instants)
    repeated = fresh if carried else words  # a provider repeats itself; each click of a customer is an opt-out
    await opt_outs.apply_opt_outs(
        connection, [_opt_out(word, source, instants) for word in repeated if word.receipt.kind in OPT_OUT_RECEIPTS]
    )
    await enrollments.wake_enrollments(
        connection, [(event.customer, event.name, instants.of(event.customer)) for event in stored]
    )
    if fresh:
        await notifications.notify_due(connection)
    return ReceiptResult(len(fresh), tuple(RejectedReceipt(n, *why) for n, why in why_not.items() if why))


async def _lock(
    lines: Sequence[NumberedReceipt], known: Mapping[UUID, MessageOwner], connection: Connection, *, deps: ReceiptDeps
) -> dict[UUID, ReceiptTarget]:
    """Locks the messages' customers and whoever has an address that is closed now; then these addresses.

    Returns the messages as they are after the lock: another provider may have sent one meanwhile. Raises HolderRace
    if somebody busy got such an address meanwhile, or a message went to another one; MergeRace if it is another's.
    """
    closing = {
        receipt.message: known[receipt.message]
        for _, receipt in lines
        if (receipt.kind in OPT_OUT_RECEIPTS or receipt.address_dead) and receipt.message in known
    }
    targets = await receipt_targets.load_targets(connection, closing) if closing else {}
    closed = opt_outs.addresses_of(targets.values())
    owners = [owner.customer for owner in known.values()]
    await addresses.lock_with_holders(connection, deps.address_hasher, closed, customers=owners)
    standing = await receipt_targets.load_targets(connection, known)
    if any(target.customer != known[id_].customer for id_, target in standing.items()):  # a split gave it back
        raise enrollments.MergeRace
    if not set(closed).issuperset(opt_outs.addresses_of(standing[id_] for id_ in closing if id_ in standing)):
        raise addresses.HolderRace
    return standing


def _rejection_reason(message: ReceiptTarget | None, receipt: Receipt, provider: str | None) -> tuple[str, str] | None:
    """Returns why the receipt does not count; None if it counts. `provider`: its sender, None for Kaskad itself."""
    if message is None:
        return "no_such_message", "no message with this key is known here"
    if provider is not None and not message.provider:
        return "never_sent", "no provider was ever given this message"
    if provider is not None and message.provider != provider:
        return "other_provider", "another provider carried this message"
    if message.mode is Mode.TEST and receipt.kind in OPT_OUT_RECEIPTS:
        return "only_a_test", "this was a test: it says nothing of the customer"
    return None


def _match_receipt(message: ReceiptTarget, receipt: Receipt, instants: Instants) -> _MatchedReceipt:
    """Returns the receipt; its time is not before the message was created and not in the future."""
    at = max(min(receipt.at, instants.of(message.customer)), message.made_at)
    return _MatchedReceipt(message, replace(receipt, at=at))


def _deduplicate(words: Iterable[_MatchedReceipt]) -> list[_MatchedReceipt]:
    """Returns the earliest of each receipt that one webhook contains twice."""
    latest_first = sorted(words, key=lambda word: word.receipt.at, reverse=True)
    return list({word.event: word for word in latest_first}.values())


def _event(word: _MatchedReceipt, source: str, instants: Instants) -> dict[str, Any]:
    message, receipt = word.message, word.receipt
    return {
        "message_id": word.event,
        "customer_id": message.customer,
        "name": f"message_{receipt.kind}",
        "source": source,
        "occurred_at": receipt.at,
        "received_at": instants.of(message.customer),
        "properties": {
            "message": message.message,
            "channel": message.channel,
            "by_machine": receipt.by_machine,
            "detail": receipt.detail,
        },
    }


async def _update_messages(connection: Connection, words: Sequence[_MatchedReceipt], instants: Instants) -> None:
    """Updates each message with one row: a statement can change a row only once."""
    rows: dict[UUID, dict[str, Any]] = {}
    for word in words:
        message, receipt = word.message, word.receipt
        row = rows.setdefault(
            message.id,
            {
                "id": message.id,
                "entered_on": message.entered_on,
                "failed": False,
                "address_dead": False,
                "address_key": address_key(message.channel, message.address or ""),
                "detail": "",
                "stopped": None,
                "now": instants.of(message.customer),
            },
        )
        row["failed"] |= receipt.kind is ReceiptKind.FAILED
        row["address_dead"] |= receipt.address_dead
        row["detail"] = receipt.detail or row["detail"]
        row["stopped"] = opt_outs.REASONS.get(receipt.kind) or row["stopped"]
        field = TIMES.get(receipt.kind)
        if field and not receipt.by_machine:
            row[field] = min(row.get(field, row["now"]), receipt.at)
    await messages.apply_receipts(connection, list(rows.values()))


def _opt_out(word: _MatchedReceipt, source: str, instants: Instants) -> OptOut:
    return OptOut(word.message, word.receipt, source, word.event, instants.of(word.message.customer))
