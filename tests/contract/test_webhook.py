"""Signed webhooks: nothing that was tampered with is believed, and what is believed is read as it was meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from kaskad.channels import webhook_signature
from kaskad.domain.channel import Receipt, ReceiptKind
from kaskad.domain.errors import InvalidSignature, Rejected
from tests.contract.world import SECRET, START

MINUTE = timedelta(minutes=1)

# The key, the body and the signature below were worked out by hand with `openssl dgst -sha256 -hmac`.
BODY = b'[{"key":"6f9619ff-8b86-d011-b42d-00cf4fc964ff","kind":"opened","at":"2026-11-02T10:00:00Z","by_machine":true}]'
AT = datetime.fromtimestamp(1_793_613_600, UTC)
MAC = "0945f3e6a59be5a378af5745b82f35ed409cdb65c3b55386708032034f6f725a"


def headers(mac: str = MAC, at: int = 1_793_613_600) -> dict[str, str]:
    return {"kaskad-signature": f"t={at},v1={mac}"}


def test_a_signature_worked_out_elsewhere_is_accepted_and_made() -> None:
    [receipt] = webhook_signature.read_receipts(BODY, headers(), SECRET, now=AT)
    assert receipt == Receipt(UUID("6f9619ff-8b86-d011-b42d-00cf4fc964ff"), ReceiptKind.OPENED, START, by_machine=True)
    assert webhook_signature.sign(BODY, SECRET, AT) == headers()["kaskad-signature"]


@pytest.mark.parametrize("age", [4 * MINUTE, -4 * MINUTE])
def test_a_clock_that_is_a_little_off_is_borne(age: timedelta) -> None:
    assert webhook_signature.read_receipts(BODY, headers(), SECRET, now=AT + age)


@pytest.mark.parametrize(
    ("body", "given", "secret", "now"),
    [
        pytest.param(BODY.replace(b"opened", b"failed"), headers(), SECRET, AT, id="changed body"),
        pytest.param(BODY, headers(), "another secret", AT, id="wrong secret"),
        pytest.param(BODY, headers(), SECRET, AT + 6 * MINUTE, id="old"),
        pytest.param(BODY, headers(), SECRET, AT - 6 * MINUTE, id="from the future"),
        pytest.param(BODY, headers(at=1_793_613_601), SECRET, AT, id="changed timestamp"),
        pytest.param(BODY, headers("0" * 64), SECRET, AT, id="invented"),
        pytest.param(BODY, headers(MAC[:-1]), SECRET, AT, id="cut"),
        pytest.param(BODY, headers(MAC.upper()), SECRET, AT, id="not as written"),
        pytest.param(BODY, {"kaskad-signature": "v1=" + MAC}, SECRET, AT, id="no timestamp"),
        pytest.param(BODY, {"kaskad-signature": ""}, SECRET, AT, id="empty"),
        pytest.param(BODY, {}, SECRET, AT, id="none"),
    ],
)
def test_forged(body: bytes, given: dict[str, str], secret: str, now: datetime) -> None:
    with pytest.raises(InvalidSignature):
        webhook_signature.read_receipts(body, given, secret, now=now)


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"7", b"null", b"not json", b"\xff\xfe", BODY[:-1], BODY + b"x", BODY + BODY, b"[]]", b"[" * 100_000],
)
def test_what_is_signed_but_no_list_is_rejected(body: bytes) -> None:
    signed = {"kaskad-signature": webhook_signature.sign(body, SECRET, AT)}
    with pytest.raises(Rejected):
        webhook_signature.read_receipts(body, signed, SECRET, now=AT)


def test_an_empty_list_and_unknown_keys_are_fine() -> None:
    for body, count in ((b"[]", 0), (BODY.replace(b"}]", b',"extra":1}]'), 1)):
        assert (
            len(
                webhook_signature.read_receipts(
                    body, {"kaskad-signature": webhook_signature.sign(body, SECRET, AT)}, SECRET, now=AT
                )
            )
            == count
        )
