"""One broken thing of each kind at once in a running stack: whatever has nothing to do with it goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from kaskad.channels import webhook_signature
from kaskad.settings import SANDBOX_SECRET
from tests.e2e.hurried_shop import cart, person, purchase
from tests.e2e.poisoned_shop import RAISES, odd_gateway, poison
from tests.e2e.standing import Stand, stand, until


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with (
        odd_gateway() as gateway,
        stand(tmp_path_factory.mktemp("stack"), KASKAD_LINGER_SECONDS="1.2", ODD_GATEWAY=gateway) as stack,
    ):
        poison(stack.folder)
        stack.up()
        stack.behave(default={"deliver": 0})
        with stack.database() as connection:
            connection.execute(RAISES)
        yield stack


def tracked(user: str, event: str, **properties: object) -> dict[str, object]:
    return {"type": "track", "userId": user, "event": event, "properties": properties}


def post_receipts(stack: Stand, *lines: dict[str, object]) -> httpx.Response:
    body = json.dumps(lines).encode()
    signature = webhook_signature.sign(body, stack.settings.provider_secret(SANDBOX_SECRET), datetime.now(UTC))
    hook = f"{stack.api}/hooks/sandbox_email"
    return httpx.post(hook, content=body, headers={webhook_signature.HEADER: signature}, timeout=30)


def looks_failing(stack: Stand) -> list[tuple[str]]:
    with stack.database() as connection:
        return connection.execute("SELECT journey FROM entrance_look WHERE faults > 0").fetchall()


def state_of(stack: Stand, journey: str, customer: str) -> list[tuple[str, str]]:
    query = """SELECT m.status::text, coalesce(m.reason, '') FROM message m
                JOIN enrollment e ON e.id = m.enrollment_id JOIN identity i ON i.customer_id = e.customer_id
               WHERE e.journey = %s AND i.value = %s ORDER BY m.id"""
    with stack.database() as connection:
        return connection.execute(query, [journey, customer]).fetchall()


def test_every_other_journey_goes_on(poisoned: Stand) -> None:
    stack = poisoned
    registered = {"type": "identify", "userId": "friend", "traits": {"registeredAt": "2019-05-01T00:00:00Z"}}
    stack.post(*person("friend", "email"), registered)
    with stack.database() as connection:  # now, not in an hour
        connection.execute("UPDATE entrance_look SET due_at = since WHERE journey = 'old_friends'")
    stack.post(*person("raffle", "email"), tracked("raffle", "ticket_raffled", tickets=0))
    phone = {"type": "identify", "userId": "code", "traits": {"phone": "+79160001122"}}
    stack.post(phone, tracked("code", "code_requested"))
    first = stack.received()
    stack.post(*person("first", "email"), purchase("first"))
    stack.waits_for("first")
    (message,) = [record for record in stack.received("first") if record not in first]

    poison_lines = [
        {"key": message["key"], "kind": "delivered", "at": "0001-01-01T00:00:00Z", "detail": "a\u0000b"},
        {"key": 17, "kind": "delivered", "at": "yesterday"},
        {"key": message["key"], "kind": "exploded", "at": None},
        {"key": message["key"], "kind": "opened", "at": datetime.now(UTC).isoformat()},
    ]
    answer = post_receipts(stack, *poison_lines)
    assert answer.status_code == 200, answer.text
    assert [rejected["index"] for rejected in answer.json()["rejected"]] == [1, 2]

    until(lambda: any(status == "unknown" for status, _ in state_of(stack, "odd_answers", "code")), 20)
    stack.post(*person("anna", "push"), *cart("anna"))  # past a provider that cannot be built
    stack.post(*person("boris", "push", "email"), purchase("boris"))
    stack.post(*person("sonya", "email"), tracked("sonya", "ticket_raffled", tickets=2))  # the same template, fit data
    stack.waits_for("anna", "boris", "sonya")
    assert stack.received("friend") == []
    assert stack.received("raffle") == []


def test_whatever_is_broken_is_said(poisoned: Stand) -> None:
    until(lambda: looks_failing(poisoned), 20)
    overview = {journey["name"]: journey for journey in poisoned.command("journeys", "--json").document["journeys"]}
    assert "this comparison is broken" in overview["old_friends"]["look_fault"]
    assert [name for name, journey in overview.items() if journey["look_fault"]] == ["old_friends"]
    assert "NO_SUCH_GATEWAY" in poisoned.command("providers").out
