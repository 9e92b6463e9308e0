"""Fetches a feed's document into a file, within its limits of size and time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from kaskad.domain.feeds import Feed
from kaskad.services.feeds.addresses import GuardedResolver, check_target
from kaskad.services.feeds.formats.reader import MEGABYTE
from kaskad.services.feeds.problems import FeedProblem, FeedRefused

MAX_REDIRECTS = 5
CONNECT_SECONDS = 15.0
SILENT_SECONDS = 60.0  # between two parts of the document
PART = 1 << 16  # bytes
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SAME, PASSING = 304, frozenset({408, 429})


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the server answered. `same`: the document is the one that it names by `etag` or `last_modified`."""

    etag: str | None
    last_modified: str | None
    same: bool = False


async def fetch(feed: Feed, url: str, into: Path, *, etag: str | None, last_modified: str | None) -> Fetched:
    """Writes the document into the file, packed as it comes. Raises FeedRefused; its text never shows the address."""
    known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = {
        "Accept-Encoding": "gzip",
        "User-Agent": "Kaskad",
        **{name: value for name, value in known.items() if value},
    }
    try:
        async with asyncio.timeout(feed.timeout.longest.total_seconds()):
            return await _fetch(URL(url), into, headers, most=feed.max_megabytes * MEGABYTE)
    except TimeoutError:
        raise FeedRefused(FeedProblem.TOO_SLOW, "its server does not send it in time ('timeout')") from None
    except (aiohttp.InvalidURL, ValueError) as error:
        raise FeedRefused(FeedProblem.MISPLACED, f"its address cannot be used: {type(error).__name__}") from None
    except (aiohttp.ClientPayloadError, HttpProcessingError) as error:
        raise FeedRefused(FeedProblem.UNREACHABLE, f"the document breaks off: {type(error).__name__}") from None
    except (aiohttp.ClientError, OSError) as error:
        raise FeedRefused(FeedProblem.UNREACHABLE, f"its server does not answer: {_reason(error)}") from None


async def _fetch(url: URL, into: Path, headers: Mapping[str, str], *, most: int) -> Fetched:
    own = url.raw_host or ""
    limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS)
    connector = aiohttp.TCPConnector(resolver=GuardedResolver(own), use_dns_cache=False)
    async with aiohttp.ClientSession(
        connector=connector, timeout=limits, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False
    ) as session:
        for _ in range(MAX_REDIRECTS + 1):
            async with session.get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status not in REDIRECTS:
                    return await _take(answer, into, most)
                url = url.join(URL(answer.headers.get("Location", "")))
            check_target(url, own)
    raise FeedRefused(FeedProblem.REFUSED, f"it redirects more than {MAX_REDIRECTS} times")


async def _take(answer: aiohttp.ClientResponse, into: Path, most: int) -> Fetched:
    """Writes the body of an answer that is the document."""
    if answer.status == SAME:
        return Fetched(None, None, same=True)
    if answer.status != 200:  # a part, or an error page
        code = FeedProblem.UNREACHABLE if answer.status in PASSING or answer.status >= 500 else FeedProblem.REFUSED
        raise FeedRefused(code, f"its server answers {answer.status} {answer.reason or ''}".rstrip())
    packing = answer.headers.get("Content-Encoding", "").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise FeedRefused(FeedProblem.BROKEN, f"it is packed as '{packing:.20}', which nobody asked for")
    size = 0
    with into.open("wb") as file:
        while part := await answer.content.read(PART):
            size += len(part)
            if size > most:
                megabytes = most // MEGABYTE
                raise FeedRefused(FeedProblem.TOO_LARGE, f"it is longer than {megabytes:,} MB ('max_megabytes')")
            file.write(part)
    return Fetched(answer.headers.get("ETag"), answer.headers.get("Last-Modified"))


def _reason(error: Exception) -> str:
    """What went wrong, without the address, which may hold a password."""
    inner = getattr(error, "os_error", None) or error
    return getattr(inner, "strerror", None) or type(error).__name__
