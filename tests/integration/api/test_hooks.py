"""Receipts over signed webhooks: believed when the signature holds, stored before they are answered, counted once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.integration.api.front import PUSH, refused
from tests.integration.api.hooked import Hooked, codes

pytestmark = pytest.mark.anyio
LEDGER = "SELECT name, source FROM event WHERE name LIKE 'message_%%' ORDER BY name"
TIMES = "SELECT delivered_at, opened_at, clicked_at FROM message"


async def test_a_receipt_is_stored_once(hooked: Hooked) -> None:
    for new in (2, 0):
        answer = await hooked.post(hooked.receipt_line("delivered"), hooked.receipt_line("opened"))
        assert (answer.status_code, answer.json()) == (200, {"received": 2, "new": new, "rejected": []})
    assert await hooked.stack.rows(LEDGER) == [
        {"name": "message_delivered", "source": PUSH},
        {"name": "message_opened", "source": PUSH},
    ]
    (row,) = await hooked.stack.rows(TIMES)
    assert row == {"delivered_at": hooked.stack.now, "opened_at": hooked.stack.now, "clicked_at": None}


async def test_a_forged_webhook_changes_nothing(hooked: Hooked) -> None:
    before = await hooked.state()
    stops = (
        hooked.receipt_line("complained"),
        hooked.receipt_line("failed", address_dead=True),
        hooked.receipt_line("unsubscribed"),
    )
    refused(await hooked.post(*stops, secret="somebody else's"), 401)
    refused(await hooked.post(*stops, at=datetime.now(UTC) - timedelta(minutes=6)), 401)
    refused(await hooked.api.client.post(f"/hooks/{PUSH}", json=list(stops)), 401)
    assert await hooked.state() == before
    assert (await hooked.post(*stops)).json() == {"received": 3, "new": 3, "rejected": []}, "signed rightly they count"
    assert await hooked.state() != before


async def test_what_is_signed_and_no_list_is_refused(hooked: Hooked) -> None:
    before = await hooked.state()
    refused(await hooked.post(raw=b"{}"), 400)
    refused(await hooked.post(raw=b"[{}"), 400)
    assert await hooked.state() == before


async def test_messages_of_somebody_else_are_none_of_ours(hooked: Hooked) -> None:
    before = await hooked.state()
    answer = await hooked.post(hooked.receipt_line("opened") | {"key": str(uuid4())})
    assert answer.status_code == 200
    assert (answer.json()["new"], codes(answer)) == (0, {0: "no_such_message"})
    assert await hooked.state() == before


async def test_a_provider_that_nobody_configured_is_not_heard(hooked: Hooked) -> None:
    for name in ("nobody", "push", "SANDBOX_PUSH"):
        assert name in refused(await hooked.post(hooked.receipt_line("opened"), provider=name), 404)
