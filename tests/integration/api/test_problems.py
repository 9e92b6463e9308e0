"""Errors that no route makes itself, health, and what the API says of itself."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from psycopg import AsyncConnection

from tests.integration.api.front import ApiClient, door, event, refused

pytestmark = pytest.mark.anyio


async def test_what_is_not_there_is_a_problem(api: ApiClient) -> None:
    for path in ("/", "/v1/nothing", "/docs", "/redoc"):
        refused(await api.client.get(path), 404)


async def test_a_wrong_method_is_a_problem_that_names_the_right_one(api: ApiClient) -> None:
    answer = await api.client.get("/v1/track")
    refused(answer, 405)
    assert answer.headers["allow"] == "POST"


async def test_a_fault_of_ours_tells_nothing_of_the_inside(api: ApiClient) -> None:
    assert api.settings.database_url
    async with await AsyncConnection.connect(api.settings.database_url) as connection:
        await connection.execute("DROP TABLE identity CASCADE")
    answer = await api.call("/v1/track", event())
    refused(answer, 503)  # an event that was not stored, for whatever reason, is to be sent again
    for inside in ("identity", "Traceback", "psycopg", "SELECT"):
        assert inside not in answer.text


async def test_it_is_healthy_while_its_database_is(api: ApiClient) -> None:
    answer = await api.client.get("/healthz")
    assert answer.status_code == 200
    document = answer.json()
    assert document.pop("now")
    assert [problem["code"] for problem in document.pop("why")] == ["unpublished", "prefect"]
    assert document == {"status": "degraded", "database": "ok", "version": version("kaskad")}
    assert api.settings.database_url
    async with await AsyncConnection.connect(api.settings.database_url) as connection:
        await connection.execute("LOCK TABLE clock IN ACCESS EXCLUSIVE MODE")
        assert "database" in refused(await api.client.get("/healthz"), 503)
    assert (await api.client.get("/healthz")).status_code == 200


async def test_it_is_not_healthy_without_a_database(tmp_path: Path) -> None:
    async with door(tmp_path, KASKAD_DATABASE_URL="postgresql://nobody@127.0.0.1:9/nothing") as api:
        assert "the database cannot be reached" in refused(await api.client.get("/healthz"), 503)


async def test_the_document_describes_every_route_with_examples(api: ApiClient) -> None:
    answer: httpx.Response = await api.client.get("/openapi.json")
    document = answer.json()
    assert {
        "/v1/track",
        "/v1/identify",
        "/v1/batch",
        "/journeys",
        "/journeys/{name}/runs",
        "/journeys/{name}/pause",
        "/journeys/{name}/resume",
        "/hooks/{provider}",
        "/u/{token}",
        "/healthz",
    } <= document["paths"].keys()
    assert not {"/v1/t", "/v1/b"} & document["paths"].keys()
    described = {tag["name"] for tag in document["tags"]}
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    for operation in operations:
        assert operation["summary"]
        assert set(operation["tags"]) <= described
    example = document["paths"]["/v1/batch"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert (await api.call("/v1/batch", example)).status_code == 200
    assert {call["messageId"] for call in example["batch"]} <= set(await api.events())
    assert document["components"]["securitySchemes"].keys() == {"write key", "admin key"}
    assert "http://" not in json.dumps(document).replace("http://127.0.0.1", "")
