"""The result of a webhook call: settled, or retried later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from kaskad.domain.channel import Refused, Retry, SendResult, Sent, Unknown
from kaskad.domain.journeys.providers import WebhookSpec
from kaskad.domain.outcome import MessageStatus

MAX_TRIES = 8  # the last one about a day after the first
FIRST_RETRY_DELAY = timedelta(seconds=15)  # four times as long after each attempt
MAX_RETRY_DELAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class CommittedCall:
    """A call that is committed as being made."""

    id: UUID
    fence: int
    attempt: int  # including this one
    customer: int
    webhook: str
    document: Mapping[str, Any]


def build_outcome_row(
    call: CommittedCall, result: SendResult, spec: WebhookSpec | None, *, now: datetime
) -> dict[str, Any]:
    """Returns the row with the answer applied to the call."""
    row = {"id": call.id, "fence": call.fence, "now": now, "doubtful": isinstance(result, Unknown), "detail": None}
    again = call.attempt < MAX_TRIES
    match result:
        case Sent():
            return row | {"status": MessageStatus.SENT}
        case Refused(why):
            return row | {"status": MessageStatus.FAILED, "detail": why}
        case Retry(why, after):
            if again:
                return build_retry_row(row, now + max(after, retry_delay(call.attempt)), why)
            return row | {"status": MessageStatus.FAILED, "detail": why}
        case Unknown(why):
            if again and spec is not None and spec.on_unknown == "resend":
                return build_retry_row(row, now + retry_delay(call.attempt), why)
            return row | {"status": MessageStatus.UNKNOWN, "detail": why}


def retry_delay(attempt: int) -> timedelta:
    """Returns the delay before the next attempt, after that many attempts."""
    return min(FIRST_RETRY_DELAY * int(4 ** (attempt - 1)), MAX_RETRY_DELAY)


def build_retry_row(row: Mapping[str, Any], at: datetime, why: str) -> dict[str, Any]:
    """Returns the row of a call that is made again at that time."""
    return {**row, "status": MessageStatus.QUEUED, "not_before": at, "detail": why}
