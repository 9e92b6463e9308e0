"""The HTTP client of the adapters: httpx's interface over aiohttp's connections.

Why not the transport that httpx brings: at 100 requests at once it is over twenty times slower. Why not a ready-made
bridge: those report a connection lost *after* the request was written as a failure to connect, and one leaves
a cancelled request running. Whether a message may be sent again hangs on both, so the bridge is ours.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import httpx

IDLE = 4.0  # seconds; below the five after which common servers close, so that a request seldom meets a closing line


def http_client(*, connections: int = 100, verify: bool = True) -> httpx.AsyncClient:
    """A client for all providers together: ≤ `connections` at once, 0 for any number. No redirects, proxies or cookies,
    no POST twice.

    To be made and closed in the event loop that uses it. `httpx.ConnectError`, `ConnectTimeout` and `PoolTimeout` mean
    that nothing was sent; any other `httpx.TransportError` that the request may have arrived.
    """
    connector = aiohttp.TCPConnector(limit=connections, keepalive_timeout=IDLE, ssl=verify)
    session = aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, auto_decompress=False
    )
    return _Client(_Transport(session))


class _Client(httpx.AsyncClient):
    """Sends straight through the transport and past redirects, cookies and hooks, which no provider has."""

    def __init__(self, transport: _Transport) -> None:
        super().__init__(transport=transport, trust_env=False)
        self._carrier = transport

    async def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """The answer, whole. Raises httpx.RequestError."""
        response = await self._carrier.handle_async_request(request)
        response.request = request
        return response


class _Transport(httpx.AsyncBaseTransport):
    """Carries out whole requests and whole answers: messages are small, nothing is streamed."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with self._session.request(
                request.method,
                str(request.url),
                headers=[(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw],
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=_timeout(request),
            ) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _as_httpx(error, request) from error
        return httpx.Response(answer.status, headers=answer.raw_headers, content=body)

    async def aclose(self) -> None:
        await self._session.close()


def _timeout(request: httpx.Request) -> aiohttp.ClientTimeout:
    """httpx's four limits in aiohttp's terms; `read` is also the limit of the whole answer, so no server can drip."""
    given = request.extensions.get("timeout", {})
    connect, read = given.get("connect"), given.get("read")
    total = None if connect is None or read is None else connect + read
    return aiohttp.ClientTimeout(total=total, connect=connect, sock_connect=connect, sock_read=read)


def _as_httpx(error: Exception, request: httpx.Request) -> httpx.RequestError:
    """The httpx error of the same meaning. What is not known to be harmless counts as perhaps arrived."""
    text = str(error) or type(error).__name__
    match error:
        case aiohttp.ConnectionTimeoutError():
            return httpx.ConnectTimeout(text, request=request)
        case aiohttp.ClientConnectorError():
            return httpx.ConnectError(text, request=request)
        case aiohttp.InvalidURL():
            return httpx.UnsupportedProtocol(text, request=request)
        case aiohttp.ClientPayloadError() | aiohttp.ClientResponseError():
            return httpx.RemoteProtocolError(text, request=request)
        case TimeoutError():
            return httpx.ReadTimeout(text, request=request)
        case _:
            return httpx.ReadError(text, request=request)
