"""Receipts that are wrong: each spoils itself, and whoever did not carry a message has nothing to say about it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Event
from typing import Any
from uuid import uuid4

import pytest

from kaskad.api.body_limits import HOOK_BYTES
from kaskad.channels import webhook_signature
from kaskad.domain.channel import Receipt, UnreadableReceipt
from tests.integration.api.front import PUSH, refused
from tests.integration.api.hooked import Hooked, codes

pytestmark = pytest.mark.anyio
EMAIL = "sandbox_email"
HEARD = "SELECT name, occurred_at, properties->>'detail' AS detail FROM event WHERE name LIKE 'message_%%'"
TIMES = "SELECT delivered_at AS delivered, opened_at AS opened, clicked_at AS clicked FROM message"
POISON = """CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.properties->>'detail' = 'poison' THEN RAISE EXCEPTION 'no' USING ERRCODE = '{}'; END IF;
    RETURN NEW; END $$;
  CREATE OR REPLACE TRIGGER poison BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION poison()"""
BAD: tuple[Any, ...] = (None, 7, "x", [], {}, {"key": 6}, {"kind": "opened"})


async def test_the_word_of_another_provider_changes_nothing(hooked: Hooked) -> None:
    before = await hooked.state()
    for provider in (EMAIL, "sandbox_sms", "sandbox_viber"):
        lines = [hooked.receipt_line(kind) for kind in ("failed", "opened", "complained", "unsubscribed")]
        answer = await hooked.post(*lines, provider=provider)
        assert (answer.status_code, answer.json()["new"]) == (200, 0)
        assert codes(answer) == dict.fromkeys(range(4), "other_provider")
    assert await hooked.state() == before
    assert (await hooked.post(*lines)).json()["new"] == 4, "of the one that carried it they count"


async def test_nobody_can_tell_of_a_message_that_nobody_carried(hooked: Hooked) -> None:
    stack = hooked.stack
    await stack.person("olya", "push")
    await stack.cart("olya", cart="k2")
    await stack.at(timedelta(hours=1))
    await stack.decide("abandoned_cart")
    (waiting,) = await stack.rows("SELECT id FROM message WHERE status = 'queued'")
    before = await hooked.state()
    lines = [hooked.receipt_line(kind) | {"key": str(waiting["id"])} for kind in ("sent", "failed", "complained")]
    assert codes(await hooked.post(*lines)) == dict.fromkeys(range(3), "never_sent")
    assert await hooked.state() == before


async def test_lines_that_are_none_are_told_and_the_others_count(hooked: Hooked) -> None:
    mixed = [
        hooked.receipt_line("delivered"),
        *BAD,
        hooked.receipt_line("abducted"),
        hooked.receipt_line("clicked", at="?"),
        hooked.receipt_line("opened"),
    ]
    answer = await hooked.post(*mixed)
    assert (answer.status_code, answer.json()["received"], answer.json()["new"]) == (200, len(mixed), 2)
    assert list(codes(answer)) == list(range(1, len(mixed) - 1))
    assert all(rejection["detail"] for rejection in answer.json()["rejected"])
    (row,) = await hooked.stack.rows("SELECT delivered_at, opened_at, clicked_at FROM message")
    assert row == {"delivered_at": hooked.stack.now, "opened_at": hooked.stack.now, "clicked_at": None}


async def test_a_line_that_is_not_even_json_loses_no_other(hooked: Hooked) -> None:
    good = json.dumps(hooked.receipt_line("opened")).encode()
    answer = await hooked.post(raw=b'[{"key": "\xff\\q"},' + b"[" * 9_000 + b"]" * 9_000 + b"," + good + b"]")
    assert (answer.status_code, answer.json()["new"]) == (200, 1)
    assert codes(answer) == {0: "not_json", 1: "not_json"}


DETAILS: dict[str, tuple[Any, str]] = {
    "sent": ("a\0b", "ab"),
    "delivered": ("\0", ""),
    "opened": ("half \ud83d", "half \ufffd"),
    "clicked": ("x" * 1_000_000, "x" * 500),
    "failed": ({"a": "\0"}, ""),
}


async def test_a_detail_is_kept_as_far_as_it_can_be(hooked: Hooked) -> None:
    answer = await hooked.post(*(hooked.receipt_line(kind, detail=detail) for kind, (detail, _) in DETAILS.items()))
    assert (answer.status_code, answer.json()) == (200, {"received": 5, "new": 5, "rejected": []})
    rows = await hooked.stack.rows(HEARD)
    assert {row["name"].removeprefix("message_"): row["detail"] for row in rows} == {
        kind: kept for kind, (_, kept) in DETAILS.items()
    }


async def test_nothing_happens_before_the_message_was_made_or_later_than_now(hooked: Hooked) -> None:
    (made,) = await hooked.stack.rows("SELECT decided_at AS at FROM message")
    await hooked.stack.at(timedelta(hours=2))
    odd = {
        "delivered": ("0001-01-01T00:00:00+14:00", made["at"]),
        "opened": ("9999-12-31T23:59:59-14:00", hooked.stack.now),
        "clicked": ("1970-01-01T00:00:00Z", made["at"]),
    }
    answer = await hooked.post(*(hooked.receipt_line(kind, at=at) for kind, (at, _) in odd.items()))
    assert (answer.status_code, answer.json()["new"]) == (200, 3)
    (row,) = await hooked.stack.rows(TIMES)
    assert row == {kind: at for kind, (_, at) in odd.items()}
    for event in await hooked.stack.rows(HEARD):
        assert event["occurred_at"] == row[event["name"].removeprefix("message_")]


async def test_what_the_database_cannot_store_spoils_itself_alone(hooked: Hooked) -> None:
    for kinds, sqlstate in (
        (("sent", "delivered", "opened"), "22P05"),
        (("clicked", "failed", "unsubscribed"), "54000"),
    ):
        await hooked.stack.rows(POISON.format(sqlstate))
        poison = hooked.receipt_line(kinds[1], detail="poison")
        answer = await hooked.post(hooked.receipt_line(kinds[0]), poison, hooked.receipt_line(kinds[2]))
        assert (answer.status_code, answer.json()["new"]) == (200, 2)
        assert codes(answer) == {1: "not_stored"}


async def test_whatever_else_goes_wrong_is_told_again_later(hooked: Hooked) -> None:
    before = await hooked.state()
    for sqlstate in ("42P01", "53100", "XX000"):
        await hooked.stack.rows(POISON.format(sqlstate))
        answer = await hooked.post(hooked.receipt_line("opened"), hooked.receipt_line("delivered", detail="poison"))
        refused(answer, 503)
        assert answer.headers["retry-after"]
        assert await hooked.state() == before


async def test_a_forged_signature_refuses_the_good_lines_too(hooked: Hooked) -> None:
    before = await hooked.state()
    refused(await hooked.post(hooked.receipt_line("opened"), *BAD, secret="somebody else's"), 401)
    refused(await hooked.post(hooked.receipt_line("opened"), at=datetime.now(UTC) - timedelta(minutes=6)), 401)
    assert await hooked.state() == before


async def test_each_hundred_receipts_are_stored_by_themselves(hooked: Hooked) -> None:
    await hooked.stack.rows(POISON.format("53100"))
    late = (hooked.stack.now + timedelta(seconds=1)).isoformat()
    others = [hooked.receipt_line("sent") | {"key": str(uuid4())} for _ in range(120)]
    lines = [
        hooked.receipt_line("delivered", detail="poison", at=late),
        *others,
        hooked.receipt_line("unsubscribed", at=late),
    ]
    refused(await hooked.post(*lines), 503)
    assert [row["name"] for row in await hooked.stack.rows(HEARD)] == ["message_unsubscribed"], "a no is heard first"
    await hooked.stack.rows("DROP TRIGGER poison ON event")
    answer = await hooked.post(*lines)
    assert (answer.status_code, answer.json()["new"]) == (200, 1), "told again, only what is new counts"
    assert codes(answer) == dict.fromkeys(range(1, 121), "no_such_message")


async def test_of_what_is_told_twice_the_earliest_counts_however_far_apart(hooked: Hooked) -> None:
    first = hooked.stack.now
    await hooked.stack.at(timedelta(hours=2))
    others = [hooked.receipt_line("sent", at=first.isoformat()) | {"key": str(uuid4())} for _ in range(120)]
    answer = await hooked.post(
        hooked.receipt_line("opened"), *others, hooked.receipt_line("opened", at=first.isoformat())
    )
    assert answer.json()["new"] == 1
    assert [row["occurred_at"] for row in await hooked.stack.rows(HEARD)] == [first]


async def test_while_lines_are_read_the_others_are_served(hooked: Hooked, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, others_went_on = Event(), Event()
    read = webhook_signature.read_receipts

    def slowly(*parts: Any, **more: Any) -> list[Receipt | UnreadableReceipt]:
        begun.set()
        assert others_went_on.wait(2), "nobody else had a turn"
        return read(*parts, **more)

    async def other() -> None:
        await asyncio.to_thread(begun.wait, 2)
        others_went_on.set()

    monkeypatch.setattr(webhook_signature, "read_receipts", slowly)
    answer, _ = await asyncio.gather(hooked.post(hooked.receipt_line("opened")), other())
    assert (answer.status_code, answer.json()["new"]) == (200, 1)


async def test_a_body_of_receipts_is_bounded(hooked: Hooked) -> None:
    assert (await hooked.post(raw=b"[]".ljust(HOOK_BYTES))).status_code == 200
    refused(await hooked.post(raw=b"[]".ljust(HOOK_BYTES + 1)), 413)


async def test_no_line_gives_a_fault(hooked: Hooked) -> None:
    """A thousand lines of odd parts, seeded; the good one among each ten counts once."""
    chance = Random(41)
    odd = [None, True, 0, -1, 10**30, 1e300, "", "\0", "\ud800", "x" * 2_000, [], {}, "0001-01-01T00:00:00+23:59"]
    keys, kinds = [hooked.message, *odd], ["sent", "delivered", "opened", "clicked", *odd]
    for _ in range(20):
        lines: list[Any] = [
            {
                "key": chance.choice(keys),
                "kind": chance.choice(kinds),
                "at": chance.choice([hooked.stack.now.isoformat(), *odd]),
                "detail": chance.choice(odd),
                "by_machine": chance.choice([True, False, *odd]),
                "address_dead": chance.choice([False, *odd[3:]]),
            }
            for _ in range(50)
        ]
        lines[chance.randrange(50)] = hooked.receipt_line("opened")
        answer = await hooked.post(*lines)
        assert answer.status_code == 200, answer.text
        assert answer.json()["received"] == 50
    (row,) = await hooked.stack.rows("SELECT opened_at FROM message")
    assert row["opened_at"]
    assert PUSH in {row["source"] for row in await hooked.stack.rows("SELECT source FROM event")}
