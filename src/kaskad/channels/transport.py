"""The HTTP client of the adapters: httpx's interface over aiohttp's connections.

httpx's own transport is over twenty times slower with 100 parallel requests. Existing bridges report a connection
that was lost *after* the request was written as a failure to connect, and one leaves a cancelled request running. Both
decide if a message may be sent again, so this bridge is our own.
"""

from __future__ import annotations

import zlib
from typing import Any

import aiohttp
import httpx
from aiohttp.http_exceptions import HttpProcessingError

MAX_BODY = 64 * 1024  # bytes that are read of a response, compressed and decompressed; the rest is not read
# seconds; less than the five after which common servers close, so a request seldom meets a closing connection
IDLE_TIMEOUT = 4.0


def http_client(*, connections: int = 100, verify: bool = True) -> httpx.AsyncClient:
    """One client for all providers: ≤ `connections` at once, 0 for any number. No redirects, proxies or cookies,
    and no POST is sent twice.

    Create and close it in the event loop that uses it. `httpx.ConnectError`, `ConnectTimeout` and `PoolTimeout` mean
    that nothing was sent; with any other `httpx.TransportError` the request may have arrived.
    """
    connector = aiohttp.TCPConnector(limit=connections, keepalive_timeout=IDLE_TIMEOUT, ssl=verify)
    session = aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, auto_decompress=False
    )
    return _Client(_Transport(session))


class _Client(httpx.AsyncClient):
    """Sends directly through the transport, without redirects, cookies and hooks, which no provider needs."""

    def __init__(self, transport: _Transport) -> None:
        super().__init__(transport=transport, trust_env=False)
        self._carrier = transport

    async def send(self, request: httpx.Request, **_: Any) -> httpx.Response:
        """The response, or the part of it that is read: see `is_complete`. Raises httpx.RequestError."""
        response = await self._carrier.handle_async_request(request)
        response.request = request
        return response


def is_complete(response: httpx.Response) -> bool:
    """False if the response was longer than the limit, or could not be decompressed."""
    whole: bool = response.extensions.get("whole", True)
    return whole


class _Transport(httpx.AsyncBaseTransport):
    """Sends whole requests; reads at most `MAX_BODY` of a response, and never decompresses more."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with self._session.request(
                request.method,
                str(request.url),
                headers=_headers(request),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=_timeout(request),
            ) as answer:
                body, whole = await _read(answer.content)
                if not whole:
                    answer.close()  # do not wait for the rest
        except (aiohttp.ClientError, HttpProcessingError, TimeoutError, OSError, ValueError) as error:
            raise _to_httpx_error(error, request) from error
        return _response(answer, body, whole=whole)

    async def aclose(self) -> None:
        await self._session.close()


def _headers(request: httpx.Request) -> list[tuple[str, str]]:
    """The request's own headers, but without compression: small bodies do not need it, large ones are not read."""
    own = [(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw]
    return [*(each for each in own if each[0].lower() != "accept-encoding"), ("Accept-Encoding", "identity")]


async def _read(content: aiohttp.StreamReader) -> tuple[bytes, bool]:
    """The first bytes of the body, and whether they are all of it."""
    body = bytearray()
    while len(body) <= MAX_BODY and (part := await content.read(MAX_BODY + 1 - len(body))):
        body += part
    return bytes(body[:MAX_BODY]), len(body) <= MAX_BODY


def _response(answer: aiohttp.ClientResponse, body: bytes, *, whole: bool) -> httpx.Response:
    packing = ",".join(answer.headers.getall("Content-Encoding", [])).strip().lower()
    if body and packing not in {"", "identity"}:
        unpacked = _decompress(body, packing) if whole else None
        body, whole = unpacked or b"", unpacked is not None
    # httpx would decompress by itself, without a limit
    headers = [(name, value) for name, value in answer.raw_headers if name.lower() != b"content-encoding"]
    return httpx.Response(answer.status, headers=headers, content=body, extensions={"whole": whole})


def _decompress(body: bytes, packing: str) -> bytes | None:
    """The decompressed body; None if it is too long, or cannot be decompressed."""
    if packing not in {"gzip", "x-gzip", "deflate"}:
        return None
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # gzip or zlib, by the first bytes
    try:
        text = unpacking.decompress(body, MAX_BODY + 1)
    except zlib.error:
        return None
    return text if unpacking.eof and len(text) <= MAX_BODY and not unpacking.unused_data else None


def _timeout(request: httpx.Request) -> aiohttp.ClientTimeout:
    """httpx's four limits in aiohttp's terms; `read` limits the whole response too, so no server can stall it."""
    given = request.extensions.get("timeout", {})
    connect, read = given.get("connect"), given.get("read")
    total = None if connect is None or read is None else connect + read
    return aiohttp.ClientTimeout(total=total, connect=connect, sock_connect=connect, sock_read=read)


def _to_httpx_error(error: Exception, request: httpx.Request) -> httpx.RequestError:
    """The httpx error with the same meaning. An error that is not surely harmless means: it may have arrived."""
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
