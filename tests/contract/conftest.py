"""Every provider of the registry against the sandbox, over real SMTP and HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from kaskad.channels.transport import http_client
from kaskad.sandbox.providers import Behaviour, Sandbox
from tests.contract.world import CASES, SECRET, EngineClock, World


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


@pytest.fixture
async def sandbox(clock: EngineClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(None, clock, Behaviour(), secret=SECRET, whole=True) as sandbox:
        yield sandbox


@pytest.fixture
def clock() -> EngineClock:
    return EngineClock()


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
async def world(
    request: pytest.FixtureRequest, sandbox: Sandbox, clock: EngineClock, client: httpx.AsyncClient
) -> AsyncIterator[World]:
    world = World(*request.param, sandbox, clock, client)
    yield world
    for provider in world.made:
        await provider.aclose()
