"""Requests links over the network and finds those that are dead."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import httpx

AT_ONCE, MAX_REDIRECTS = 16, 20  # concurrent requests; redirects
TIMEOUT = httpx.Timeout(10.0, connect=5.0)  # seconds
HEADERS = {"User-Agent": "kaskad check-content (link check)", "Accept": "*/*"}
RETRY_WITH_GET = frozenset({403, 404, 405, 406, 429, 501, 503})  # some servers answer so to HEAD, but not to GET
LOGIN_REQUIRED = frozenset({401, 403, 429})  # it exists; we have no access


async def find_dead_links(links: Collection[str]) -> dict[str, str]:
    """Returns what is wrong with each dead link, by link; each is requested once."""
    turns = asyncio.Semaphore(AT_ONCE)
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(
        timeout=TIMEOUT, limits=limits, headers=HEADERS, follow_redirects=True, max_redirects=MAX_REDIRECTS
    ) as client:

        async def check_in_turn(link: str) -> str:
            async with turns:
                return await _check_link(client, link)

        ordered = sorted(links)
        answers = await asyncio.gather(*map(check_in_turn, ordered))
    return {link: wrong for link, wrong in zip(ordered, answers, strict=True) if wrong}


async def _check_link(client: httpx.AsyncClient, link: str) -> str:
    try:
        status = (await client.head(link)).status_code
        if status in RETRY_WITH_GET:
            async with client.stream("GET", link) as answer:  # the body is not read
                status = answer.status_code
    except httpx.TooManyRedirects:
        return f"redirects more than {MAX_REDIRECTS} times"
    except httpx.TimeoutException:
        return f"does not answer within {TIMEOUT.read:g} seconds"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"cannot be reached: {error or type(error).__name__}"
    return f"answers {status}" if status >= 400 and status not in LOGIN_REQUIRED else ""
