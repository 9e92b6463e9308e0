"""Which hosts a feed may be read from: the one that its file names, and beside it only what is public.

A server that is asked may redirect: without this it could have any machine of the private network asked.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from kaskad.services.feeds.problems import FeedProblem, FeedRefused


class GuardedResolver(AbstractResolver):
    """Resolves the feed's own host to whatever it is, and other hosts to public addresses only.

    The connection is made to the very addresses that were checked.
    """

    def __init__(self, own_host: str) -> None:
        self._own, self._resolver = own_host, ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if host != self._own and not all(is_public(each["host"]) for each in found):
            raise FeedRefused(FeedProblem.MISPLACED, f"it redirects to '{host}', which is in a private network")
        return found

    async def close(self) -> None:
        await self._resolver.close()


def is_public(address: str) -> bool:
    """Whether the IP address can be reached by everybody."""
    return ip_address(address.partition("%")[0]).is_global


def check_target(url: URL, own_host: str) -> None:
    """Returns if a redirect may lead there. Raises FeedRefused; names are checked when they are resolved."""
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise FeedRefused(FeedProblem.MISPLACED, f"it redirects to a '{url.scheme or '?'}' address, not to be read")
    if url.raw_host != own_host and _is_ip(url.raw_host) and not is_public(url.raw_host):
        raise FeedRefused(FeedProblem.MISPLACED, f"it redirects to '{url.raw_host}', which is in a private network")


def _is_ip(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
