"""A batch with bad events over HTTP: these are rejected, each with its code, and all others are stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg import AsyncConnection

from kaskad.services.ingestion import permissions
from tests.integration.api.front import APP, ApiClient, event, front
from tests.support.rules import CARTS
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio
DEEP = b"[" * 2_000 + b"]" * 2_000
ORDER = {"order_id": "o1", "total": 900}

# Each as it stands in a body, with the code that it is rejected for.
BAD: list[tuple[str, bytes]] = [
    ("not_an_event", b"7"),
    ("not_an_event", b'["track"]'),
    ("unknown_type", b'{"type": "remove", "userId": "k"}'),
    ("unknown_type", b'{"type": ["track"], "event": "x", "userId": "k"}'),
    ("bad_name", b'{"event": {"a": 1}, "userId": "k"}'),
    ("bad_name", b'{"event": "Back In Stock", "userId": "k"}'),
    ("bad_message_id", b'{"event": "x", "userId": "k", "messageId": 5}'),
    ("bad_message_id", b'{"event": "x", "userId": "k", "messageId": "' + b"m" * 201 + b'"}'),
    ("withdrawal_lost", b'{"event": "Unsubscribed", "userId": {}, "properties": {"email": "a***@shop.example"}}'),
    ("nobody", b'{"event": "x", "userId": null, "anonymousId": ""}'),
    ("bad_shape", b'{"event": "x", "userId": "k", "properties": [1]}'),
    ("bad_shape", b'{"type": "identify", "userId": "k", "traits": "x"}'),
    ("bad_time", b'{"event": "x", "userId": "k", "timestamp": "29.11.2026 10:00"}'),
    ("bad_time", b'{"event": "x", "userId": "k", "timestamp": 20261129}'),
    ("bad_time", b'{"event": "x", "userId": "k", "timestamp": "10000-01-01T00:00:00Z"}'),
    ("bad_number", b'{"event": "Product Added", "userId": "k", "properties": {"quantity": "1e999999999"}}'),
    ("bad_number", b'{"event": "Order Completed", "userId": "k", "properties": {"total": ' + b"9" * 400 + b"}}"),
    ("bad_number", b'{"event": "Product Added", "userId": "k", "properties": {"price": "1e400"}}'),
    ("bad_number", b'{"event": "x", "userId": "k", "properties": {"any": [{"thing": NaN}]}}'),
    ("bad_number", b'{"event": "Cart Updated", "userId": "k", "properties": {"products": [{"price": 1e999}]}}'),
    ("bad_text", b'{"event": "x", "userId": "k", "properties": {"a": "b\\u0000"}}'),
    ("bad_text", b'{"event": "x", "userId": "\\ud83d"}'),
    ("bad_text", b'{"event": "x", "userId": "k", "properties": {"a": "\xe4"}}'),
    ("too_long", b'{"event": "Product Viewed", "userId": "k", "properties": {"category": "' + b"c" * 6_000 + b'"}}'),
    ("too_long", b'{"event": "x", "userId": "' + b"k" * 501 + b'"}'),
    ("too_long", b'{"event": "x", "userId": "k", "properties": {"' + b"k" * 9_000 + b'": 1}}'),
    ("too_long", b'{"event": "x", "userId": "k", "properties": {"a": [' + b"0," * 9_999 + b"0]}}"),
    ("too_deep", b'{"event": "x", "userId": "k", "properties": {"a": ' + DEEP + b"}}"),
    ("too_large", b'{"event": "x", "userId": "k", "properties": {"a": "' + b"x" * 33_000 + b'"}}'),
    ("too_large", b'{"event": "x", "userId": "k", "context": {"a": "' + b"x" * 33_000 + b'"}}'),
]


def good(number: int) -> bytes:
    """One of the good ones: somebody does something."""
    name = ("Product Viewed", "Product Added", "Order Completed", "app_opened")[number % 4]
    said: dict[str, Any] = {"product_id": f"p{number}", "price": number, "order_id": f"o{number}", "total": number}
    return json.dumps(event(name, user=f"u{number % 7}", messageId=f"good{number:02}", properties=said)).encode()


def mixed() -> tuple[bytes, dict[int, str]]:
    """A body of seventy good events and thirty bad ones between them, and the code of each place."""
    events, codes = [], {}
    for number in range(70):
        events.append(good(number))
        if number % 2 and number // 2 < len(BAD):
            code, raw = BAD[number // 2]
            codes[len(events)] = code
            events.append(raw)
    return b'{"batch": [' + b",".join(events) + b"]}", codes


async def stored_rows(api: ApiClient) -> dict[str, list[dict[str, Any]]]:
    """All that is stored, but for when a source was last heard."""
    tables = (
        "event",
        "event_seen",
        "identity",
        "contact",
        "cart",
        "product",
        "consent",
        "enrollment",
        "rejected_event",
    )
    return {table: await api.rows(f"SELECT * FROM {table} ORDER BY {table}::text") for table in tables}


async def test_of_a_hundred_the_seventy_good_ones_are_stored_and_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    async with running_stack(database_url, tmp_path, edit=CARTS) as stack, front(stack) as api:
        body, codes = mixed()
        answer = await api.raw("/v1/batch", body)
        assert answer.status_code == 200, answer.text
        document = answer.json()
        assert document.keys() == {"success", "rejected"}
        assert document["success"] is True
        assert {rejection["index"]: rejection["code"] for rejection in document["rejected"]} == codes
        assert [rejection["index"] for rejection in document["rejected"]] == sorted(codes)
        assert all(
            rejection.keys() == {"index", "code", "detail"} and rejection["detail"]
            for rejection in document["rejected"]
        )
        assert {f"good{number:02}" for number in range(70)} <= set(await api.events())
        first = await stored_rows(api)
        assert len(first["event_seen"]) == 70
        assert len(first["rejected_event"]) == len(codes) == 30
        again = await api.raw("/v1/batch", body)
        assert (again.status_code, again.text) == (200, answer.text)
        assert await stored_rows(api) == first


async def test_a_single_event_is_answered_alike(api: ApiClient) -> None:
    answer = await api.call("/v1/track", event(timestamp="soon"))
    assert answer.status_code == 200
    (rejection,) = answer.json()["rejected"]
    assert (rejection["index"], rejection["code"]) == (0, "bad_time")
    assert (await api.call("/v1/identify", {"messageId": "1"})).json()["rejected"][0]["code"] == "nobody"
    assert await api.events() == []


async def test_what_only_the_database_does_not_take_is_found_and_left_out(api: ApiClient) -> None:
    assert api.settings.database_url
    async with await AsyncConnection.connect(api.settings.database_url) as connection:
        await connection.execute(
            "ALTER TABLE event ADD CHECK (name <> 'poison'), ADD CHECK (1 / (length(name) - 9) IS NOT NULL);"
            "CREATE INDEX ON event ((properties ->> 'wide'))"
        )
    wide = "".join(str(UUID(int=number**40 % 2**128)) for number in range(300))
    bad = {
        3: event("poison"),  # 23514: an integrity error
        4: event("fountains"),  # 22012: a data error
        77: event(properties={"wide": wide}),  # 54000: an operational error, as an outage is
    }
    batch = [bad.get(number) or event(messageId=f"good{number:02}") for number in range(90)]
    answer = await api.call("/v1/batch", {"batch": batch})
    assert answer.status_code == 200, answer.text
    assert [(rejection["index"], rejection["code"]) for rejection in answer.json()["rejected"]] == [
        (at, "unstorable") for at in bad
    ]
    assert await api.events() == [f"good{number:02}" for number in range(90) if number not in bad]
    noted = await api.rows("SELECT code, stored FROM rejected_event")
    assert noted == [{"code": "unstorable", "stored": False}] * 3


async def test_an_outage_is_nobodys_fault_and_rejects_nothing(api: ApiClient) -> None:
    assert api.settings.database_url
    async with await AsyncConnection.connect(api.settings.database_url) as connection:
        await connection.execute("LOCK TABLE event_seen IN ACCESS EXCLUSIVE MODE")
        answer = await api.call("/v1/batch", {"batch": [event(timestamp="soon"), event()]}, timeout=60)
        assert answer.status_code == 503
        await connection.rollback()
    assert await api.rows("SELECT code FROM rejected_event") == []


async def test_good_events_stand_though_the_rejected_ones_cannot_be_kept(api: ApiClient) -> None:
    assert api.settings.database_url
    async with await AsyncConnection.connect(api.settings.database_url) as connection:
        await connection.execute("ALTER TABLE rejected_event ADD CHECK (code = 'none')")
    answer = await api.call("/v1/batch", {"batch": [event(timestamp="soon"), event(messageId="good")]})
    assert (answer.status_code, answer.json()["rejected"][0]["code"]) == (200, "bad_time")
    assert await api.events() == ["good"]


async def test_a_rejected_event_is_kept_once_for_each_source_and_never_seen(api: ApiClient) -> None:
    bad = event(messageId="m1", timestamp="soon", properties={"a": "\u0000"})
    for key in (APP, None, None):
        await api.call("/v1/batch", {"batch": [bad], "sentAt": "2020-01-01T00:00:00Z"}, **({"key": key} if key else {}))
    rows = await api.rows(
        "SELECT source, code, message_id, body, stored, skew > 1e8 AS late FROM rejected_event ORDER BY id"
    )
    assert [(row["source"], row["code"], row["message_id"]) for row in rows] == [
        ("app", "bad_text", "m1"),
        ("site", "bad_text", "m1"),
    ]
    assert all(json.loads(row["body"]) == bad and row["late"] and not row["stored"] for row in rows)
    assert await api.rows("SELECT * FROM event_seen") == []
    assert (await api.call("/v1/track", event(messageId="m1"))).text == '{"success": true}'
    assert await api.events() == ["m1"], "mended, it counts"


async def test_what_is_odd_in_a_stored_event_is_kept_and_not_answered(api: ApiClient) -> None:
    odd = event("Consent Withdrawn", properties={"channel": "fax"})
    assert (await api.call("/v1/track", odd)).text == '{"success": true}'
    assert await api.rows("SELECT code, stored FROM rejected_event") == [{"code": "withdrawal_widened", "stored": True}]


async def test_an_event_without_an_id_counts_once(api: ApiClient) -> None:
    bare = {"type": "track", "event": "x", "userId": "k", "timestamp": "2026-11-29T10:00:00Z", "properties": {"a": 1.5}}
    for _ in range(2):
        assert (
            await api.call("/v1/batch", {"batch": [bare, bare, bare | {"userId": "b"}]})
        ).text == '{"success": true}'
    assert len(await api.events()) == 3, "equals of one request are several"
    await api.call("/v1/track", bare)
    assert len(await api.events()) == 3
    await api.call("/v1/track", bare, key=APP)
    assert len(await api.events()) == 4, "another source is another event"


async def test_the_document_names_every_code(api: ApiClient) -> None:
    document = (await api.client.get("/openapi.json")).json()
    answer = document["paths"]["/v1/batch"]["post"]["responses"]["200"]["content"]["application/json"]
    code = answer["schema"]["properties"]["rejected"]["items"]["properties"]["code"]
    not_allowed = {str(code) for code in permissions.CODES.values()}
    of_feeds = {"repeated", "no_product"}
    assert {code for code, _ in BAD} | {"unstorable"} | of_feeds | not_allowed == set(code["enum"])
    assert all(f"`{value}`" in code["description"] for value in code["enum"])
