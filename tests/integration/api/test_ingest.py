"""Events over HTTP, in Segment's format: who may speak, in which forms, and when it is answered."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from tests.integration.api.front import APP, SITE, ApiClient, door, event, front, refused
from tests.support.stack import running_stack

pytestmark = pytest.mark.anyio
SUCCESS = '{"success": true}'


async def test_every_call_is_taken_under_both_its_names(api: ApiClient) -> None:
    for path in ("track", "t", "identify", "i"):
        single = event() if path.startswith("t") else {"userId": "kolya", "messageId": path, "traits": {"city": "Tula"}}
        answer = await api.call(f"/v1/{path}", {key: value for key, value in single.items() if key != "type"})
        assert (answer.status_code, answer.text) == (200, SUCCESS)
    for path in ("batch", "b"):
        assert (await api.call(f"/v1/{path}", {"batch": [event(), event()]})).text == SUCCESS
    names = await api.rows("SELECT name, count(*) AS n FROM event GROUP BY name ORDER BY name")
    assert names == [{"name": "identify", "n": 2}, {"name": "product_viewed", "n": 6}]


async def test_pages_screens_groups_and_aliases_are_stored_and_never_dropped(api: ApiClient) -> None:
    said = {"userId": "kolya", "name": "Cart", "groupId": "g1", "previousId": "k0", "type": "track"}
    for path in ("page", "p", "screen", "s", "group", "g", "alias", "a"):
        answer = await api.call(f"/v1/{path}", said | {"messageId": path})
        assert (answer.status_code, answer.text) == (200, SUCCESS), path
    names = await api.rows("SELECT name, count(*) AS n FROM event GROUP BY name ORDER BY name")
    assert names == [{"name": name, "n": 2} for name in ("aliased", "group_joined", "page_viewed", "screen_viewed")]
    (answer,) = (await api.call("/v1/page", {"anonymousId": "", "name": "Cart"})).json()["rejected"]
    assert answer["code"] == "nobody"
    refused(await api.call("/v1/page", {"userId": "kolya"}, key="wrong"), 401)


async def test_the_key_says_which_source_speaks(api: ApiClient) -> None:
    await api.call("/v1/track", event(messageId="1"))
    await api.call("/v1/track", event(messageId="2"), key=APP)
    await api.call("/v1/track", event(messageId="3") | {"writeKey": APP}, key=None)
    await api.call("/v1/batch", {"batch": [event(messageId="4")], "writeKey": SITE}, key=None)
    rows = await api.rows("SELECT message_id, source FROM event ORDER BY message_id")
    assert [row["source"] for row in rows] == ["site", "app", "app", "site"]


async def test_who_has_no_key_is_not_heard(api: ApiClient) -> None:
    for key in ("", "wrong", SITE[:-1], SITE + "x", "ключ"):
        answer = await api.call("/v1/track", event(), key=key)
        assert "write key" in refused(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Basic ")
    for said in ({}, {"writeKey": ""}, {"writeKey": None}, {"writeKey": [SITE]}, {"writeKey": "wrong"}):
        refused(await api.call("/v1/track", event() | said, key=None), 401)
    for header in ("", "Basic", "Basic %%%", f"Bearer {SITE}", f"Basic {SITE}"):
        answer = await api.client.post(
            "/v1/track", json=event() | {"writeKey": SITE}, headers={"Authorization": header}
        )
        refused(answer, 401)
    assert await api.events() == []


async def test_where_no_keys_are_set_an_empty_one_opens_nothing(database_url: str, tmp_path: Path) -> None:
    async with door(tmp_path, KASKAD_DATABASE_URL=database_url, KASKAD_WRITE_KEYS="site:") as api:
        for key in ("", "site", None):
            refused(await api.call("/v1/track", event() | {"writeKey": ""}, key=key), 401)


async def test_neither_content_type_nor_a_missing_label_of_gzip_matters(api: ApiClient) -> None:
    plain = [json.dumps({"batch": [event(messageId=str(number))]}).encode() for number in range(1, 6)]
    sent = [
        await api.raw("/v1/batch", plain[0], content_type="text/plain"),
        await api.raw("/v1/batch", plain[1]),
        await api.raw("/v1/batch", gzip.compress(plain[2]), content_encoding="gzip"),
        await api.raw("/v1/batch", gzip.compress(plain[3]), content_type="application/x-www-form-urlencoded"),
        await api.raw("/v1/batch", plain[4], content_encoding="gzip"),  # a proxy unzipped it and left the label
    ]
    assert [answer.text for answer in sent] == [SUCCESS] * 5
    assert await api.events() == list("12345")


async def test_what_cannot_be_read_is_refused_and_said_why(api: ApiClient) -> None:
    whole = gzip.compress(json.dumps({"batch": [event()]}).encode())
    bodies = {
        b"": "not JSON",
        b"{": "not JSON",
        b"\xff\xfe": "not JSON",
        b"[]": "object",
        b'{"batch": {}}': "'batch' must be a list",
        b'{"userId": "kolya"}': "'batch' must be a list",
        b'{"batch": [{"event": "x", "userId": "k"}}': "not JSON",
        b'{"batch": [{"event": "x", "userId": k}]}': "not JSON",
        whole[:-9]: "gzip",
        whole[:-8] + b"\0\0\0\0" + whole[-4:]: "damaged",
        b"\x1f\x8b" + whole[40:]: "damaged",
        whole + whole: "one whole gzip member",
    }
    for body, said in bodies.items():
        assert said in refused(await api.raw("/v1/batch", body), 400), body[:80]
    assert await api.events() == []


async def test_the_same_event_counts_once(api: ApiClient) -> None:
    for _ in range(2):
        assert (await api.call("/v1/batch", {"batch": [event(messageId="1"), event(messageId="1")]})).text == SUCCESS
    assert await api.events() == ["1"]


async def test_a_clock_that_is_wrong_is_corrected(api: ApiClient) -> None:
    wrong = datetime.now(UTC) - timedelta(hours=5)
    said = event(timestamp=(wrong - timedelta(minutes=10)).isoformat())
    await api.call("/v1/batch", {"batch": [said], "sentAt": wrong.isoformat()})
    await api.call("/v1/track", {**said, "messageId": "single", "sentAt": wrong.isoformat()})
    for row in await api.rows("SELECT received_at - occurred_at AS age FROM event"):
        assert timedelta(minutes=10) <= row["age"] < timedelta(minutes=11)


async def test_it_is_answered_only_after_the_commit(api: ApiClient) -> None:
    await api.call("/v1/track", event(messageId="1"))
    assert api.settings.database_url
    async with await AsyncConnection.connect(api.settings.database_url) as other:
        await other.execute("SELECT 1 FROM customer FOR NO KEY UPDATE")
        answering = asyncio.create_task(api.call("/v1/track", event(messageId="2")))
        await asyncio.sleep(0.3)
        assert not answering.done()
        assert await api.events() == ["1"]
        await other.rollback()
        assert (await answering).text == SUCCESS
        assert await api.events() == ["1", "2"]


async def test_without_its_database_it_says_come_again_and_tells_nothing_of_it(tmp_path: Path) -> None:
    async with door(tmp_path, KASKAD_DATABASE_URL="postgresql://secret_user:pw@127.0.0.1:9/secret_name") as api:
        answer = await api.call("/v1/track", event())
        assert "asking again is safe" in refused(answer, 503)
        assert int(answer.headers["retry-after"]) >= 1
        for inside in ("secret", "127.0.0.1", "psycopg", "sqlalche"):
            assert inside not in answer.text


async def test_events_have_the_names_of_the_files_from_the_first_request_on(database_url: str, tmp_path: Path) -> None:
    async with running_stack(database_url, tmp_path) as stack, front(stack) as api:
        await api.call("/v1/track", event("Product Added to Wishlist"))
        assert await stack.rows("SELECT name FROM event") == [{"name": "product_liked"}]
