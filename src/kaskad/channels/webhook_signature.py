"""Receipts over a signed webhook: HMAC-SHA256 of `timestamp.body`, in the header `Kaskad-Signature: t=…,v1=…`."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from kaskad.channels import receipt_lines
from kaskad.domain.channel import Receipt, UnreadableReceipt
from kaskad.domain.errors import InvalidSignature

HEADER = "kaskad-signature"
TOLERANCE = timedelta(minutes=5)  # as in Stripe and Standard Webhooks: limits the replay of a captured request
_SIGNATURE = re.compile(r"t=(?P<at>[0-9]{1,12}),v1=(?P<mac>[0-9a-f]{64})", re.ASCII)


def sign(body: bytes, secret: str, at: datetime) -> str:
    """The value of the signature header for a body sent at `at` (whole seconds)."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(body, secret, seconds)}"


def read_receipts(
    body: bytes, headers: Mapping[str, str], secret: str, *, now: datetime
) -> list[Receipt | UnreadableReceipt]:
    """The receipts of one webhook's lines; unknown keys are allowed, because providers add some.

    Raises InvalidSignature before the body is read, Rejected if it is no list.
    """
    verify(body, headers.get(HEADER, ""), secret, now=now)
    return receipt_lines.parse_receipts(body)


def verify(body: bytes, signature: str, secret: str, *, now: datetime) -> None:
    """Raises InvalidSignature unless the body was signed with the secret, within the tolerance around `now`."""
    match = _SIGNATURE.fullmatch(signature)
    if match is None:
        raise InvalidSignature("the webhook carries no readable signature")
    if not hmac.compare_digest(match["mac"], _mac(body, secret, int(match["at"]))):
        raise InvalidSignature("the signature of the webhook does not hold")
    if abs(now.timestamp() - int(match["at"])) > TOLERANCE.total_seconds():
        raise InvalidSignature(f"the signature of the webhook is not of the last {TOLERANCE}")


def _mac(body: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()
