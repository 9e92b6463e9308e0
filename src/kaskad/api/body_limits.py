"""Limits the size of request bodies, zipped and unzipped."""

from __future__ import annotations

import zlib
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kaskad.api import lenient_json
from kaskad.domain.cleaning import clean_text
from kaskad.domain.errors import Rejected

MAX_BODY_BYTES = 500 * 1024  # KB as the stock clients count them; what they send must not be refused here
# Receipts of thousands of messages come in one request; one line that is much too long must not block the others.
HOOKS, HOOK_BYTES = "/hooks/", 2 * 1024 * 1024
TAKEN = frozenset({"gzip", "x-gzip", "identity"})
LISTED = b'"batch"'
GZIP = b"\x1f\x8b"


class BodyLimit:
    """Ends a request with 413 as soon as its body is too long, whatever its Content-Length says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        length = Headers(scope=scope).get("content-length", "0")
        limit = HOOK_BYTES if scope["path"].startswith(HOOKS) else MAX_BODY_BYTES
        got = 0

        async def bounded() -> Message:
            nonlocal got
            if length.isdecimal() and int(length) > limit:
                raise body_too_large("the body", limit)
            message = await receive()
            got += len(message.get("body", b""))
            if got > limit:
                raise body_too_large("the body", limit)
            return message

        return await self._app(scope, bounded, send)


def body_too_large(name: str, limit: int) -> HTTPException:
    """The error 413 for something longer than `limit` bytes."""
    return HTTPException(413, f"{name} is longer than {limit // 1024} KB")


def decompress(body: bytes) -> bytes:
    """The body without gzip, recognized by its first bytes: some clients label it wrongly. Raises Rejected, 413."""
    if not body.startswith(GZIP):
        return body
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = stream.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        raise Rejected("the body begins like gzip, but is damaged") from None
    if len(plain) > MAX_BODY_BYTES:
        raise body_too_large("the unzipped body", MAX_BODY_BYTES)
    if not stream.eof or stream.unused_data:
        raise Rejected("the body must be one whole gzip member")
    return plain


def read(body: bytes, encodings: str) -> dict[str, Any]:
    """The JSON object of a body, zipped or not; `encodings` is its header, which is sometimes wrong.

    Raises Rejected, or 415 for an encoding that is not supported.
    """
    try:
        return read_json(decompress(body))
    except Rejected:
        odd = [encoding for encoding in encodings.replace(",", " ").split() if encoding.lower() not in TAKEN]
        if not odd:
            raise
        detail = f"'Content-Encoding: {clean_text(' '.join(odd), 60)}' is not taken: send gzip, or nothing of the kind"
        raise HTTPException(415, detail, {"Accept-Encoding": "gzip"}) from None


def read_json(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises Rejected."""
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        read = _read_lenient(body, error)
    if not isinstance(read, dict):
        raise Rejected("the body must be a JSON object")
    if body.count(LISTED) > 1 and lenient_json.list_top_keys(body).count("batch") > 1:
        raise Rejected("the body has the key 'batch' twice: one list would be lost; send all events in one")
    return read


def _read_lenient(body: bytes, error: Exception) -> Any:
    try:
        return lenient_json.parse_lenient(body)
    except ValueError:
        raise Rejected(f"the body is not JSON: {error}") from None
