"""The page of the preference centre, as a customer reads it and fills it in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from kaskad.services.links import LinkKind
from tests.integration.api.front import ApiClient, front
from tests.support.rules import event_journey, with_journeys
from tests.support.stack import Stack, running_stack
from tests.support.stopping_by import enter, last

SELLS = event_journey("sells", "app_opened", topic="carts")
STATE = """SELECT (SELECT count(*) FROM consent) AS consents, (SELECT count(*) FROM event) AS events,
    (SELECT count(*) FROM suppression) AS suppressed, (SELECT count(*) FROM confirmed_address) AS confirmed"""
SAID = """SELECT purpose, channel, topic, sender, granted FROM consent
    WHERE source = 'preferences' AND customer_id = (SELECT customer_id FROM identity WHERE value = %(who)s)
    ORDER BY at, id"""


@dataclass
class Page:
    """The page of one customer, and what they do on it."""

    stack: Stack
    api: ApiClient
    path: str

    async def get(self, **headers: str) -> str:
        answer = await self.api.client.get(self.path, headers=headers)
        assert answer.status_code == 200
        return answer.text

    async def post(self, data: dict[str, Any], **headers: str) -> str:
        await self.stack.at(timedelta(seconds=5))
        answer = await self.api.client.post(self.path, data=data, headers=headers)
        assert answer.status_code == 200
        assert not answer.history
        assert not answer.cookies
        return answer.text

    async def save(self, ticked: set[str], *, without: set[str] = frozenset(), **more: str) -> str:  # type: ignore[assignment]
        """Sends the first form with exactly these boxes ticked, besides those that are ticked by now."""
        page = await self.get()
        boxes = set(re.findall(r'name="shown" value="([^"]*)"', page))
        on = (ticked_boxes(page) | ticked) - without
        selected = re.findall(r'<option value="([^"]*)"[^>]* selected>', page)
        data: dict[str, Any] = {"action": "save", "shown": sorted(boxes), "locale": selected, "locale_shown": selected}
        data |= more
        for box in sorted(on):
            name, _, value = box.partition(":")
            data.setdefault(name, []).append(value)
        return await self.post(data)


def ticked_boxes(page: str) -> set[str]:
    return {
        f"{name}:{value}" for name, value in re.findall(r'type="checkbox" name="(\w+)" value="([^"]*)" checked', page)
    }


def path_of(stack: Stack, message: UUID, kind: LinkKind = LinkKind.PREFERENCES) -> str:
    return httpx.URL(stack.runtime.links.url(message, kind)).path


@asynccontextmanager
async def page_of(database_url: str, tmp_path: Path, *users: str, **person: Any) -> AsyncIterator[Page]:
    """Each of these was written to; the page in the message to the first of them."""
    async with running_stack(database_url, tmp_path, edit=with_journeys(SELLS)) as stack, front(stack) as api:
        for user in users or ("anna",):
            await stack.person(user, "email", "sms", **person)
        await enter(stack, "sells", *(users or ("anna",))[:1])
        page = Page(stack, api, path_of(stack, await last(stack, "sells")))
        await stack.at(timedelta(hours=1))
        yield page
