"""Keys that were made with `kaskad keys`: their scopes, and what revoking does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from psycopg import AsyncConnection

from kaskad.api import auth
from kaskad.domain.api_key import Scope
from kaskad.domain.errors import NotFound, Rejected
from kaskad.domain.own_sources import OWN_SOURCES
from kaskad.services.operations import api_keys
from kaskad.settings import load_settings
from tests.integration.api.front import ADMIN, SITE, ApiClient, event, front, refused
from tests.support.stack import Stack

pytestmark = pytest.mark.anyio
RUNS = "/journeys/abandoned-cart/runs"
CALLS = {
    Scope.READ: [("GET", "/journeys"), ("GET", "/journeys/abandoned_cart/versions")],
    Scope.TRIGGER: [("POST", RUNS)],
    Scope.ADMIN: [("POST", "/journeys/abandoned_cart/pause"), ("POST", "/journeys/abandoned_cart/resume")],
}


@pytest.fixture
async def shop(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ApiClient]:
    monkeypatch.setattr(auth, "CACHED_FOR", 0)
    async with front(stack) as api:
        yield api


async def made(stack: Stack, *scopes: Scope, source: str | None = None) -> api_keys.NewKey:
    return await api_keys.make_key(stack.runtime, scopes, source=source, name="", by="anna")


async def statuses(api: ApiClient, key: str) -> dict[Scope, set[int]]:
    """How each call is answered, by the scope that it needs; nobody is called so, and no Prefect is there."""
    return {
        scope: {
            (await api.admin(method, path, key=key, json={"customer": "nobody"})).status_code for method, path in calls
        }
        for scope, calls in CALLS.items()
    }


@pytest.mark.parametrize("scopes", [(Scope.READ,), (Scope.TRIGGER,), (Scope.ADMIN,), (Scope.READ, Scope.TRIGGER)])
async def test_a_key_opens_what_its_scopes_say(stack: Stack, shop: ApiClient, scopes: Sequence[Scope]) -> None:
    key = (await made(stack, *scopes)).key
    for scope, answered in (await statuses(shop, key)).items():
        assert (403 in answered) is not (scope in scopes or Scope.ADMIN in scopes), scope
    assert "ingest" in refused(await shop.call("/v1/track", event(), key=key), 403)
    assert await shop.events() == []


async def test_a_key_of_a_source_tells_its_events_and_nothing_else(stack: Stack, shop: ApiClient) -> None:
    first, second = [(await made(stack, Scope.INGEST, source="store")).key for _ in range(2)]
    for id_, key in (("a", first), ("b", second), ("c", SITE)):
        assert (await shop.call("/v1/track", event(messageId=id_), key=key)).text == '{"success": true}'
    body = event(messageId="d") | {"writeKey": first}
    assert (await shop.call("/v1/track", body, key=None)).status_code == 200
    sources = await shop.rows("SELECT message_id, source FROM event ORDER BY message_id")
    assert [row["source"] for row in sources] == ["store", "store", "site", "store"], "several at a time"
    for answered in (await statuses(shop, first)).values():
        assert answered == {403}
    sentence = refused(await shop.admin("POST", RUNS, key=first, json={"customer": "nobody"}), 403)
    assert sentence == "this needs a key with the scope trigger; this one's: ingest"


async def test_the_admins_key_is_no_source(shop: ApiClient) -> None:
    refused(await shop.call("/v1/track", event(), key=ADMIN), 403)


async def test_nobody_tells_events_in_a_name_of_the_engine(stack: Stack, shop: ApiClient) -> None:
    """Not even where such a source was published once: its words would confirm an address, or end a withdrawal."""
    key = await made(stack, Scope.INGEST, source="store")
    for name in sorted(OWN_SOURCES):
        await stack.rows("UPDATE api_key SET source = %(name)s", name=name)
        refused(await shop.call("/v1/track", event("Email Confirmed"), key=key.key), 401)
    assert await shop.events() == []


@pytest.mark.parametrize("name", sorted(OWN_SOURCES))
@pytest.mark.parametrize("given", ["{}:KEY", "site:KEY, {}:KEY", " {} :KEY", "{}:", "{}"])
def test_the_environment_gives_no_key_for_a_name_of_the_engine(name: str, given: str, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=f"KASKAD_WRITE_KEYS: '{name}' is a name under which Kaskad itself"):
        load_settings(tmp_path, {"KASKAD_WRITE_KEYS": given.format(name)})


async def test_a_revoked_key_is_nobodys(stack: Stack, shop: ApiClient) -> None:
    key, other = [await made(stack, Scope.INGEST, source="store") for _ in range(2)]
    assert (await shop.call("/v1/track", event(), key=key.key)).status_code == 200
    assert await api_keys.revoke_key(stack.runtime, key.id, by="boris")
    assert not await api_keys.revoke_key(stack.runtime, key.id, by="boris"), "once"
    refused(await shop.call("/v1/track", event(), key=key.key), 401)
    assert (await shop.call("/v1/track", event(), key=other.key)).status_code == 200
    newest, oldest = await api_keys.list_keys(stack.runtime)
    assert (oldest.made_by, oldest.revoked_by, newest.revoked_at) == ("anna", "boris", None)
    with pytest.raises(NotFound, match="no key 77"):
        await api_keys.revoke_key(stack.runtime, 77, by="boris")


async def test_only_the_hash_of_a_key_is_kept_and_its_use_is_coarse(stack: Stack, shop: ApiClient) -> None:
    key = await made(stack, Scope.READ)
    await shop.admin("GET", "/journeys", key=key.key)
    (row,) = await shop.rows("SELECT api_key::text AS all, hash, last_used_at FROM api_key")
    assert key.key not in row["all"] and row["hash"] == api_keys.hash_key(key.key)
    assert row["last_used_at"] is not None
    await shop.admin("GET", "/journeys", key=key.key)
    assert (await shop.rows("SELECT last_used_at FROM api_key"))[0] == {"last_used_at": row["last_used_at"]}


async def test_the_database_is_not_asked_for_each_request(
    stack: Stack, shop: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "CACHED_FOR", 60)
    key = await made(stack, Scope.INGEST, source="store")
    assert (await shop.call("/v1/track", event(messageId="a"), key=key.key)).status_code == 200
    await stack.rows("ALTER TABLE api_key RENAME TO hidden")
    assert (await shop.call("/v1/track", event(messageId="b"), key=key.key)).status_code == 200
    assert await shop.events() == ["a", "b"]


async def test_while_the_database_does_not_answer_nobody_says_that_a_key_is_wrong(
    stack: Stack, shop: ApiClient
) -> None:
    key = await made(stack, Scope.INGEST, source="store")
    async with await AsyncConnection.connect(stack.runtime.database.url) as connection:
        await connection.execute("LOCK TABLE api_key IN ACCESS EXCLUSIVE MODE")
        answer = await shop.call("/v1/track", event(), key=key.key, timeout=60)
        assert refused(answer, 503), "stock clients drop events on 401, and send them again on 503"
        assert (await shop.call("/v1/track", event(), key=SITE)).status_code == 200, "it needs no database"


@pytest.mark.parametrize(
    ("scopes", "source", "said"),
    [
        ((Scope.INGEST,), None, "give --source"),
        ((Scope.READ,), "site", "leave --source out"),
        ((), None, "needs a scope"),
        ((Scope.INGEST,), "sitee", "unknown source 'sitee', did you mean 'site'"),
        *(
            ((Scope.INGEST,), name, f"'{name}' is a name under which Kaskad itself tells")
            for name in sorted(OWN_SOURCES)
        ),
    ],
)
async def test_a_key_that_opens_nothing_is_not_made(
    stack: Stack, scopes: Sequence[Scope], source: str | None, said: str
) -> None:
    with pytest.raises(Rejected, match=said):
        await made(stack, *scopes, source=source)
    assert await api_keys.list_keys(stack.runtime) == []
